/** What a vote and a certificate cost: codec, signatures, tally, and whole simulated heights. */
import {
  authenticateMessage,
  type ConsensusParameters,
  cloneState,
  contentDigest,
  createState,
  createThresholds,
  decodeMessage,
  encodeMessage,
  type Message,
  type Prevote,
  signedFrom,
  sortValidators,
  step,
  verifyCertificate,
} from '@veche/consensus'
import { simulate } from '@veche/consensus/simulator'
import { genesisBlock } from '@veche/execution'
import {
  type Address,
  blockHash,
  type Header,
  keccak256,
  keccakHex,
  nobleCrypto,
  sealDigest,
  sealHeader,
  secretKeyToAddress,
  signDigest,
  utf8ToBytes,
} from '@veche/primitives'

export const name = 'consensus/votes'

const PARAMETERS: ConsensusParameters = {
  chainId: 20_190,
  stepSeconds: 1,
  emptyBlockIntervalSeconds: 60,
  blockIntervalMinMs: 50,
  blocksPerStepMax: 0,
  windowMax: 15,
}
const GENESIS_SECONDS = 1_800_000_000

interface Assembly {
  readonly addresses: readonly Address[]
  readonly keys: ReadonlyMap<Address, Uint8Array>
  readonly header: Header
}

/** n validators with real keys and their genesis header. */
async function makeAssembly(n: number): Promise<Assembly> {
  const secrets = Array.from({ length: n }, (_, i) => keccak256(utf8ToBytes(`bench key ${i}`)))
  const keys = new Map(secrets.map((secret) => [secretKeyToAddress(secret), secret]))
  const addresses = sortValidators([...keys.keys()])
  const { block } = await genesisBlock({
    chainId: PARAMETERS.chainId,
    forks: { berlin: 0, prague: 0 },
    parameters: PARAMETERS,
    validatorContract: undefined,
    baseFeeRule: 'constant',
    timestamp: GENESIS_SECONDS,
    gasLimit: 8_000_000n,
    baseFeePerGas: 0n,
    validators: addresses,
    alloc: new Map(),
  })
  return { addresses, keys, header: block.header }
}

const keyOf = ({ keys }: Assembly, address: Address): Uint8Array => keys.get(address) as Uint8Array

/** A prevote of every validator for one value in round 0 of height 1. */
function makePrevotes(assembly: Assembly): Prevote[] {
  const content = {
    kind: 'prevote',
    height: 1,
    round: 0,
    hash: keccakHex(Uint8Array.of(7)),
  } as const
  const digest = contentDigest(content, PARAMETERS.chainId)
  return assembly.addresses.map((address) => ({
    ...content,
    ...signedFrom(content, address, signDigest(digest, keyOf(assembly, address))),
  })) as Prevote[]
}

/** The header with seals of a quorum in round 2. */
function makeSealed(assembly: Assembly): Header {
  const { q } = createThresholds(assembly.addresses.length)
  const digest = sealDigest(assembly.header, 2)
  const seals = assembly.addresses
    .slice(0, q)
    .map((address) => signDigest(digest, keyOf(assembly, address)))
  return sealHeader(assembly.header, 2, seals)
}

/**
 * A follower at height 1 that takes in votes: what the tally and its rules cost without signatures.
 */
function tallyCase(assembly: Assembly, prevotes: readonly Prevote[]) {
  const { addresses, header } = assembly
  const nowMs = GENESIS_SECONDS * 1000
  const fresh = createState({
    parameters: PARAMETERS,
    self: null,
    head: { header, hash: blockHash(header) },
    validators: addresses,
    next: addresses,
    nowMs,
  })
  return (): number => {
    const state = cloneState(fresh)
    let effects = 0
    for (const message of prevotes)
      effects += step(state, { kind: 'message', nowMs, message }, {}).effects.length
    return effects
  }
}

function wireCases(n: number, assembly: Assembly, vote: Prevote) {
  const encoded = encodeMessage(vote)
  const decoded = decodeMessage(encoded)
  const members = new Set(assembly.addresses)
  const isMember = (address: Address): boolean => members.has(address)
  const context = { chainId: PARAMETERS.chainId, isMember }
  const sealed = makeSealed(assembly)
  const { q } = createThresholds(n)
  return {
    encode: () => encodeMessage(vote),
    decode: () => decodeMessage(encoded).ok,
    authenticate: () => decoded.ok && authenticateMessage(decoded.value as Message, context).ok,
    sign: () => signDigest(contentDigest(vote, PARAMETERS.chainId), keyOf(assembly, vote.signer)),
    certificate: () => verifyCertificate(sealed, assembly.addresses).ok,
    noble: () => verifyCertificate(sealed, assembly.addresses, { recover: recoverWithNoble }).ok,
    q,
  }
}

/** The browser's way, as the baseline of the server's. */
function recoverWithNoble(digest: Uint8Array, signature: Uint8Array): Address | undefined {
  const key = nobleCrypto.recover(digest, signature.subarray(0, 64), signature[64] as number)
  return key === undefined ? undefined : `0x${keccakHex(key).slice(26)}`
}

function casesOf(n: number, assembly: Assembly) {
  const prevotes = makePrevotes(assembly)
  const { q, ...wire } = wireCases(n, assembly, prevotes[0] as Prevote)
  const noble = `consensus/certificate verify noble validators=${n} seals=${q}`
  return [
    {
      name: `consensus/tally validators=${n} votes=${prevotes.length}`,
      run: tallyCase(assembly, prevotes),
    },
    { name: noble, run: wire.noble },
    {
      name: `consensus/certificate verify native validators=${n} seals=${q}`,
      run: wire.certificate,
      baseline: noble,
    },
    ...(n > 4
      ? []
      : [
          { name: 'consensus/vote encode', run: wire.encode },
          { name: 'consensus/vote decode', run: wire.decode },
          { name: 'consensus/vote sign', run: wire.sign },
          { name: 'consensus/vote authenticate', run: wire.authenticate },
        ]),
  ]
}

/** Votes and certificates of 4 and 25 validators, and heights of a simulated network of 4. */
export async function cases(size: 'smoke' | 'full') {
  const heights = size === 'smoke' ? 5 : 200
  const options = { seed: 1, heights, profile: 'calm', n: 4, wire: false }
  const sizes = size === 'smoke' ? [4] : [4, 25]
  const assemblies = await Promise.all(sizes.map((n) => makeAssembly(n)))
  return [
    ...assemblies.flatMap((assembly, i) => casesOf(sizes[i] as number, assembly)),
    {
      name: `consensus/simulated heights=${heights} validators=4`,
      run: () => simulate(options).head,
    },
  ]
}
