import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { it } from 'node:test'
import { picture, picturePath } from '../support/picture.ts'

it('The picture in the README is what is seen; npm run picture makes it anew', async () => {
  assert.equal(await picture(), await readFile(picturePath, 'utf8'))
})
