import asc from 'assemblyscript/asc'
import { root } from './run-script.ts'

/** The module that lib/kernel/wasm.ts holds, compiled from lib/kernel/assembly/, as its text. */
export async function compiledKernel(): Promise<string> {
  const options = ['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub', '--memoryBase', '16']
  let bytes: Uint8Array | undefined
  const { error, stderr } = await asc.main(
    ['lib/kernel/assembly/index.ts', ...options, '--baseDir', root, '--outFile', 'kernel.wasm'],
    {
      writeFile: (name, contents) => {
        if (name === 'kernel.wasm') bytes = contents as Uint8Array
      },
    },
  )
  if (error || !bytes) throw new Error(`The kernel does not compile: ${stderr.toString()}`, { cause: error })
  const base64 = Buffer.from(bytes).toString('base64')
  return `/** Compiled from assembly/ by \`npm run kernel\`; a spec compares. */\nexport const wasm =\n  '${base64}'\n`
}
