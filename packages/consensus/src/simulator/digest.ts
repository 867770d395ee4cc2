/**
 * A running hash over everything that happens in a run, so that two runs can be compared byte by
 * byte (the report has it as `digest`). Two FNV-like lanes of 32 bits: for equality, not for
 * security.
 */

export interface RunDigest {
  bytes(bytes: Uint8Array): void
  number(value: number): void
  text(text: string): void
  /** 16 hexadecimal digits */
  toHex(): string
}

/** An empty running hash. */
export function createRunDigest(): RunDigest {
  let a = 0x811c9dc5
  let b = 0x9e3779b9
  const mix = (value: number): void => {
    a = Math.imul(a ^ value, 0x01000193)
    b = Math.imul(b ^ (value + (a >>> 15)), 0x85ebca6b)
    b ^= b >>> 13
  }
  const hex = (lane: number): string => (lane >>> 0).toString(16).padStart(8, '0')
  return {
    bytes(bytes) {
      mix(bytes.length)
      for (const byte of bytes) mix(byte)
    },
    number(value) {
      mix(value | 0)
      mix(Math.floor(value / 4294967296) | 0)
    },
    text(text) {
      mix(text.length)
      for (let i = 0; i < text.length; i++) mix(text.charCodeAt(i))
    },
    toHex: () => hex(a) + hex(b),
  }
}
