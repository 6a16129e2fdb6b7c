import { crc32, deflateSync } from 'node:zlib'

/**
 * A picture of few colours as a PNG file: one byte a pixel, an index into the palette.
 *
 * @param palette colours as `#rrggbbaa`, at most 256.
 * @param rows one array of indices a row, all of one length, at least one each.
 * @example
 * const uri = `data:image/png;base64,${palettePng(['#ffffffff', '#00000080'], [[0, 1], [1, 0]]).toString('base64')}`
 */
export function palettePng(palette: readonly string[], rows: readonly (readonly number[])[]): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(rows[0]!.length, 0)
  header.writeUInt32BE(rows.length, 4)
  // Eight bits a pixel, indexed.
  header.set([8, 3], 8)
  const colours = Buffer.from(palette.map(colour => colour.slice(1, 7)).join(''), 'hex')
  const alphas = Buffer.from(palette.map(colour => colour.slice(7)).join(''), 'hex')
  // Each row begins with its filter: none.
  const pixels = Buffer.concat(rows.map(row => Buffer.from([0, ...row])))
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('tRNS', alphas),
    chunk('IDAT', deflateSync(pixels, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}
