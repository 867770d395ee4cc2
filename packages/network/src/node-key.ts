/**
 * The node key: an Ed25519 key that names this node on the network (its peer id). It signs noise
 * handshakes and address records, never votes; losing it costs a name, not a vote.
 * On disk it is the 32-byte seed (RFC 8032).
 */
import { randomBytes } from 'node:crypto'
import { bytesToHex, type Hex, hexToBytes, isHex, VecheError } from '@veche/primitives'

/** 32-byte Ed25519 seed */
export type NodeKey = Uint8Array

export const NODE_KEY_BYTES = 32

/** A fresh random node key: 32 bytes. Secret. */
export function createNodeKey(): NodeKey {
  return new Uint8Array(randomBytes(NODE_KEY_BYTES))
}

/** The key as `0x` text for a file with owner-only permissions. Secret. */
export function encodeNodeKey(key: NodeKey): Hex {
  return bytesToHex(key)
}

/** Reads {@link encodeNodeKey}'s text. Throws `NODE_KEY_INVALID` for anything else. */
export function decodeNodeKey(text: string): NodeKey {
  const trimmed = text.trim()
  if (!isHex(trimmed, NODE_KEY_BYTES))
    throw new VecheError('NODE_KEY_INVALID', `0x text of ${NODE_KEY_BYTES} bytes expected`)
  return hexToBytes(trimmed)
}

/** The libp2p private key of a node key. */
export async function nodeKeyToPrivateKey(key: NodeKey) {
  if (key.length !== NODE_KEY_BYTES)
    throw new VecheError('NODE_KEY_INVALID', `${NODE_KEY_BYTES} bytes expected, got ${key.length}`)
  // libp2p is loaded by those who join a network or name a peer, not by every reader of a genesis
  const { generateKeyPairFromSeed } = await import('@libp2p/crypto/keys')
  return generateKeyPairFromSeed('Ed25519', key)
}

/** The peer id (base58 text, `12D3Koo…`) that a node key gives. */
export async function nodeKeyToPeerId(key: NodeKey): Promise<string> {
  const { peerIdFromPrivateKey } = await import('@libp2p/peer-id')
  return peerIdFromPrivateKey(await nodeKeyToPrivateKey(key)).toString()
}
