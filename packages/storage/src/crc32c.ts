/**
 * CRC-32C (Castagnoli), the checksum of LevelDB, ext4 and iSCSI: RFC 3720, appendix B.4. Node's
 * `zlib.crc32` is the other polynomial. Eight tables take eight bytes a step ("slicing by 8").
 */

/** reflected form of 0x1EDC6F41 */
const POLYNOMIAL = 0x82f63b78

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256)
  for (let i = 0; i < 256; i++) {
    let value = i
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
    tables[i] = value
  }
  for (let i = 256; i < tables.length; i++) {
    const previous = tables[i - 256] as number
    tables[i] = (previous >>> 8) ^ (tables[previous & 255] as number)
  }
  return tables
}

const T = makeTables()

/** Continues a checksum over more bytes; start with 0. Unsigned 32-bit, pure. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous
  let i = 0
  const whole = bytes.length - (bytes.length % 8)
  for (; i < whole; i += 8) {
    const low =
      crc ^
      ((bytes[i] as number) |
        ((bytes[i + 1] as number) << 8) |
        ((bytes[i + 2] as number) << 16) |
        ((bytes[i + 3] as number) << 24))
    crc =
      (T[1792 + (low & 255)] as number) ^
      (T[1536 + ((low >>> 8) & 255)] as number) ^
      (T[1280 + ((low >>> 16) & 255)] as number) ^
      (T[1024 + (low >>> 24)] as number) ^
      (T[768 + (bytes[i + 4] as number)] as number) ^
      (T[512 + (bytes[i + 5] as number)] as number) ^
      (T[256 + (bytes[i + 6] as number)] as number) ^
      (T[bytes[i + 7] as number] as number)
  }
  for (; i < bytes.length; i++)
    crc = (crc >>> 8) ^ (T[(crc ^ (bytes[i] as number)) & 255] as number)
  return ~crc >>> 0
}
