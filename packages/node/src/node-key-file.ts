/** The libp2p identity of a node in a file of its own, made on the first start. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createNodeKey, decodeNodeKey, encodeNodeKey, type NodeKey } from '@veche/network'
import { VecheError } from '@veche/primitives'
import { writeSecretFile } from './keystore-file.ts'

/** Reads the key, or makes and writes one. Throws `NODE_KEY_INVALID`, `FILE_UNREADABLE`. */
export async function openNodeKey(path: string): Promise<NodeKey> {
  if (!existsSync(path)) {
    const key = createNodeKey()
    await writeSecretFile(path, `${encodeNodeKey(key)}\n`)
    return key
  }
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new VecheError('FILE_UNREADABLE', `cannot read the node key ${path}`, { cause })
  })
  return decodeNodeKey(text)
}
