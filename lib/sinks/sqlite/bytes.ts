/** Bytes that go four at a time: there is room for 3 behind the last. */
export class Bytes {
  readonly length: number
  readonly bytes: Buffer
  readonly view: DataView

  constructor(length: number) {
    this.length = length
    this.bytes = Buffer.allocUnsafe(length + 3)
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length)
  }
}
