/**
 * Values under a seal: payload ‖ CRC-32C(key ‖ payload), 4 bytes big-endian. LevelDB keeps block
 * checksums, but classic-level never turns their check on for reads (ADR 0043); a flipped bit in a
 * table file would come back as a balance. The key is covered, so that a value cannot answer for
 * another key.
 */
import { crc32c } from './crc32c.ts'

const SEAL_BYTES = 4

/** The payload with its seal. */
export function sealValue(key: Uint8Array, payload: Uint8Array): Uint8Array {
  const sealed = Buffer.allocUnsafe(payload.length + SEAL_BYTES)
  sealed.set(payload, 0)
  sealed.writeUInt32BE(crc32c(payload, crc32c(key)), payload.length)
  return sealed
}

/** The payload (a view into `sealed`), or undefined when the seal does not fit. */
export function unsealValue(key: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const length = sealed.length - SEAL_BYTES
  if (length < 0) return undefined
  // plain, also when LevelDB gave a Buffer: equality and slicing of the two differ
  const payload = new Uint8Array(sealed.buffer, sealed.byteOffset, length)
  const expected = crc32c(payload, crc32c(key))
  const got =
    (((sealed[length] as number) << 24) |
      ((sealed[length + 1] as number) << 16) |
      ((sealed[length + 2] as number) << 8) |
      (sealed[length + 3] as number)) >>>
    0
  return got === expected ? payload : undefined
}
