/** `npm run picture`: a real run of the command line, for the README. */
import { writeFile } from 'node:fs/promises'
import { picture, picturePath } from './picture.ts'

await writeFile(picturePath, await picture())
