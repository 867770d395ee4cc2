/**
 * What only this chain has: the validator set of a block, the standing of its members in the
 * contract, and the certificate that decided it, after
 * Besu's qbft_* methods. With `veche_certificate` a client checks a block itself: decode `header`,
 * hash it as QBFT does, recover the seals, count them against the validators.
 */
import {
  bytesToHex,
  decodeExtraData,
  type ExtraData,
  encodeHeader,
  type Header,
  recoverAddress,
  sealDigest,
  validatorSetHash,
} from '@veche/primitives'
import type { MemberStanding, RpcBackend } from '../backend.ts'
import { type HeaderAt, headerAt } from '../chain.ts'
import { type BlockSelector, block, GENESIS, LATEST } from '../decode-block.ts'
import { serverError } from '../errors.ts'
import { type Json, quantity } from '../json.ts'
import { HEAVY_WEIGHT, SET_CHANGES_MAX } from '../limits.ts'
import { type Answer, defaulted, type Method, method } from '../method.ts'

const blockParam = defaulted('block', block, LATEST)

/** Runs a read of a block's QBFT extraData; null when there is no such block. */
function withExtra(
  backend: RpcBackend,
  selector: BlockSelector,
  read: (at: HeaderAt, extra: ExtraData) => Answer,
): Answer {
  const at = headerAt(backend, selector)
  if (at === undefined) return null
  const extra = decodeExtraData(at.header.extraData)
  return extra.ok ? read(at, extra.value) : serverError('the block carries no QBFT extraData')
}

function certificateToJson({ header, number, hash }: HeaderAt, extra: ExtraData): Answer {
  const digest = sealDigest(header, extra.round)
  return {
    number: quantity(number),
    hash,
    round: quantity(extra.round),
    validators: extra.validators,
    nextValidatorsHash: extra.vanity,
    seals: extra.seals.map(bytesToHex),
    signers: extra.seals.map((seal) => recoverAddress(digest, seal) ?? null),
    header: bytesToHex(encodeHeader(header)),
  }
}

/** JSON's own types all through, so it is written as it is. */
const toJson = (value: object): Answer => value as unknown as Answer

function memberToJson(member: MemberStanding): Json {
  const { address, organisation, leaving, suspended } = member
  return { address, organisation: organisation ?? null, leaving, suspended: suspended ?? null }
}

function namesAnotherSet(header: Header): boolean {
  const extra = decodeExtraData(header.extraData)
  return extra.ok && extra.value.vanity !== validatorSetHash(extra.value.validators)
}

/**
 * The headers that a light client needs beside genesis and the head: those whose vanity names
 * another set than they list, RLP with their certificates. `next` is where to ask again.
 */
async function setChanges(backend: RpcBackend, from: BlockSelector): Promise<Answer> {
  const at = headerAt(backend, from)
  if (at === undefined) return null
  const numbers = await backend.setChanges(at.number, SET_CHANGES_MAX + 1)
  const shown = numbers.slice(0, SET_CHANGES_MAX)
  // where operators override the set, the promise changes and a header may name its own set
  const headers = shown.flatMap((number) => backend.header(number) ?? []).filter(namesAnotherSet)
  const next = numbers[SET_CHANGES_MAX]
  return {
    headers: headers.map((header) => bytesToHex(encodeHeader(header))),
    next: next === undefined ? null : quantity(next),
  }
}

export const vecheMethods: readonly Method[] = [
  method({
    name: 'veche_validators',
    params: [blockParam],
    handle: ({ backend }, selector) =>
      withExtra(backend, selector, (_at, { validators }) => validators),
  }),
  method({
    name: 'veche_members',
    params: [blockParam],
    weight: 8,
    async handle({ backend }, selector) {
      const at = headerAt(backend, selector)
      const members = at === undefined ? undefined : await backend.members(at.number)
      return members?.map(memberToJson) ?? null
    },
  }),
  method({
    name: 'veche_setChanges',
    params: [defaulted('fromBlock', block, GENESIS)],
    weight: HEAVY_WEIGHT,
    handle: ({ backend }, from) => setChanges(backend, from),
  }),
  method({
    name: 'veche_certificate',
    params: [blockParam],
    weight: 4,
    handle: ({ backend }, selector) => withExtra(backend, selector, certificateToJson),
  }),
  method({
    name: 'veche_status',
    params: [],
    weight: 4,
    handle: ({ backend }) => toJson(backend.status()),
  }),
  method({
    name: 'veche_consensusState',
    params: [],
    weight: 4,
    handle: ({ backend }) => {
      const { consensus } = backend.status()
      return consensus === null ? null : toJson(consensus)
    },
  }),
]
