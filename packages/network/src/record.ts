/**
 * Signed address records: where a peer can be dialled and which validator key it holds, signed by
 * its node key and, for validators, by the validator key too. They let a validator that was added
 * later be found by peers that were never configured with it (consensus.md, "Network identity").
 */
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import {
  type Address,
  accept,
  bytesToHex,
  concatBytes,
  EMPTY_BYTES,
  encodeRlp,
  type Hash,
  keccak256,
  misfit,
  type Result,
  type RlpInput,
  type RlpReader,
  readRlp,
  recoverAddress,
  refuse,
  type Signer,
  utf8ToBytes,
} from '@veche/primitives'
import { RECORD_ADDRESS_BYTES_MAX, RECORD_ADDRESSES_MAX, RECORD_BYTES_MAX } from './limits.ts'

export interface AddressRecord {
  readonly peerId: string
  /** multiaddrs without the `/p2p/` part, at most `RECORD_ADDRESSES_MAX` */
  readonly addresses: readonly string[]
  /** the validator key this peer holds, proven by a signature of that key */
  readonly validator?: Address
  /** grows with every new record of a peer (milliseconds since 1970 when made) */
  readonly seq: number
}

/** A record with the bytes that travel: signatures included. */
export interface SignedRecord extends AddressRecord {
  readonly bytes: Uint8Array
}

export interface RecordChain {
  readonly chainId: number
  readonly genesisHash: Hash
}

/** What signs a record: the node key always, the validator key when there is one. */
export interface RecordSigners {
  /** 64-byte Ed25519 signature by the node key */
  signWithNodeKey(message: Uint8Array): Promise<Uint8Array>
  readonly validator?: Signer
}

const NODE_SIGNATURE_BYTES = 64
const VALIDATOR_SIGNATURE_BYTES = 65
const PEER_ID_BYTES_MAX = 96

function recordFields(record: AddressRecord): RlpInput[] {
  return [
    utf8ToBytes(record.peerId),
    record.addresses.map((address) => utf8ToBytes(address)),
    record.validator ?? EMPTY_BYTES,
    record.seq,
  ]
}

function recordDigest(chain: RecordChain, record: AddressRecord): Uint8Array {
  return keccak256(
    concatBytes(
      utf8ToBytes('veche/record/1'),
      encodeRlp([chain.chainId, chain.genesisHash, recordFields(record)]),
    ),
  )
}

/**
 * Signs a record with the node key and, when it names a validator, with that validator's signer.
 */
export async function signRecord(
  chain: RecordChain,
  record: AddressRecord,
  signers: RecordSigners,
): Promise<SignedRecord> {
  const digest = recordDigest(chain, record)
  const nodeSignature = await signers.signWithNodeKey(digest)
  const validatorSignature =
    record.validator === undefined || signers.validator === undefined
      ? EMPTY_BYTES
      : await signers.validator.sign(digest)
  const bytes = encodeRlp([...recordFields(record), nodeSignature, validatorSignature])
  return { ...record, bytes }
}

function asciiText(bytes: Uint8Array): string {
  const text = String.fromCharCode(...bytes)
  return /^[\x21-\x7e]*$/.test(text) ? text : misfit('printable ASCII expected')
}

function readAddresses(reader: RlpReader): string[] {
  const inner = reader.reader(RECORD_ADDRESSES_MAX)
  const addresses: string[] = []
  while (inner.hasMore) addresses.push(asciiText(inner.bytes({ max: RECORD_ADDRESS_BYTES_MAX })))
  return addresses
}

interface Signatures {
  readonly node: Uint8Array
  readonly validator: Uint8Array
}

function readRecord(reader: RlpReader): { record: AddressRecord; signatures: Signatures } {
  const peerId = asciiText(reader.bytes({ max: PEER_ID_BYTES_MAX }))
  const addresses = readAddresses(reader)
  const key = reader.bytes({ max: 20 })
  if (key.length !== 0 && key.length !== 20) misfit('validator of 0 or 20 bytes expected')
  const seq = reader.number()
  const signatures = {
    node: reader.bytes({ exact: NODE_SIGNATURE_BYTES }),
    validator: reader.bytes({ max: VALIDATOR_SIGNATURE_BYTES }),
  }
  const base = { peerId, addresses, seq }
  const record = key.length === 0 ? base : { ...base, validator: bytesToHex(key) }
  return { record, signatures }
}

/**
 * Whether every address parses and is a TCP address somebody can dial; foreign text never throws.
 */
export function areDialable(addresses: readonly string[]): boolean {
  try {
    return addresses.every((address) => {
      const names = multiaddr(address)
        .getComponents()
        .map((component) => component.name)
      return (
        names.length === 2 && /^(ip4|ip6|dns|dns4|dns6)$/.test(`${names[0]}`) && names[1] === 'tcp'
      )
    })
  } catch {
    // the parser throws on foreign text: that is the answer
    return false
  }
}

async function verifyNodeSignature(
  peerId: string,
  digest: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  try {
    const key = peerIdFromString(peerId).publicKey
    return key?.type === 'Ed25519' && (await key.verify(digest, signature))
  } catch {
    // not a peer id with an embedded key: nothing is proven
    return false
  }
}

/** Decodes and verifies foreign bytes. Refuses with `PEER_RECORD_INVALID`. */
export async function decodeRecord(
  chain: RecordChain,
  bytes: Uint8Array,
): Promise<Result<SignedRecord>> {
  const invalid = (reason: string) => refuse('PEER_RECORD_INVALID', reason)
  if (bytes.length > RECORD_BYTES_MAX) return invalid(`at most ${RECORD_BYTES_MAX} bytes expected`)
  const read = readRlp(bytes, readRecord)
  if (!('value' in read)) return invalid(read.reason)
  const { record, signatures } = read.value
  if (!areDialable(record.addresses)) return invalid('TCP multiaddrs expected')
  const digest = recordDigest(chain, record)
  if (record.validator !== undefined) {
    if (recoverAddress(digest, signatures.validator) !== record.validator)
      return invalid('signature by the validator key expected')
  } else if (signatures.validator.length > 0) return invalid('no validator signature expected')
  if (!(await verifyNodeSignature(record.peerId, digest, signatures.node)))
    return invalid('signature by the node key expected')
  return accept({ ...record, bytes })
}
