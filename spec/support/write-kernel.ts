import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compiledKernel } from './compile-kernel.ts'
import { root } from './run-script.ts'

await writeFile(join(root, 'lib/kernel/wasm.ts'), await compiledKernel())
