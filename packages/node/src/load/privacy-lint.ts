/**
 * Invariant 8 of DocumentRegistry on real traffic: no byte string of a document that somebody could
 * read stands in calldata or events. A scan by the first bytes of every plaintext, so that a
 * hundred thousand plaintexts and megabytes of calldata take a second.
 */
import { utf8ToBytes } from '@veche/primitives'

/** shorter plaintexts occur in random bytes by chance */
export const PLAINTEXT_BYTES_MIN = 6
const BASE = 256

function keyAt(bytes: Uint8Array, at: number): number {
  let key = 0
  for (let i = 0; i < PLAINTEXT_BYTES_MIN; i++) key = key * BASE + (bytes[at + i] ?? 0)
  return key
}

function isAt(haystack: Uint8Array, needle: Uint8Array, at: number): boolean {
  return (
    at + needle.length <= haystack.length && needle.every((byte, i) => haystack[at + i] === byte)
  )
}

/** The plaintexts (UTF-8, from {@link PLAINTEXT_BYTES_MIN} bytes up) that stand in the bytes. */
export function findPlaintexts(
  haystacks: Iterable<Uint8Array>,
  plaintexts: Iterable<string>,
): ReadonlySet<string> {
  const needles = new Map<number, { text: string; bytes: Uint8Array }[]>()
  for (const text of new Set(plaintexts)) {
    const bytes = utf8ToBytes(text)
    if (bytes.length < PLAINTEXT_BYTES_MIN) continue
    const key = keyAt(bytes, 0)
    const list = needles.get(key)
    if (list === undefined) needles.set(key, [{ text, bytes }])
    else list.push({ text, bytes })
  }
  const found = new Set<string>()
  for (const haystack of haystacks)
    for (let at = 0; at + PLAINTEXT_BYTES_MIN <= haystack.length; at++)
      for (const { text, bytes } of needles.get(keyAt(haystack, at)) ?? [])
        if (isAt(haystack, bytes, at)) found.add(text)
  return found
}
