/**
 * Passkeys by file. A browser or security key signs and knows nothing of the chain: we write what
 * `navigator.credentials.get` takes (PublicKeyCredentialRequestOptionsJSON) with the digest of a
 * message as the challenge, and read what it gives (AuthenticationResponseJSON). WebAuthn Level 3,
 * 5.1.7–5.1.9. What the contract would refuse is refused here with the reason.
 */
import { createHash, createPublicKey, randomUUID } from 'node:crypto'
import {
  isP256Signed,
  p256SignatureFromDer,
  signerKindOf,
  webAuthnSignature,
  webAuthnSigner,
} from '@veche/contracts'
import { accept, type Hex, hexToBytes, refuse, VecheError } from '@veche/primitives'
import type { TypedDataDefinition } from 'viem'
import { hashTypedData } from 'viem/utils'
import { readJsonFile } from '../act/files.ts'
import { objectShape, oneOfShape, type Shape, type ShapeOf } from '../act/shape.ts'
import { PASSKEY_FILE_BYTES_MAX } from '../limits.ts'
import type { DepartmentSigner } from './keys.ts'

const AUTHENTICATOR_DATA_BYTES_MIN = 37
const FLAGS_AT = 32
const USER_PRESENT = 0x01
const USER_VERIFIED = 0x04
/** far above what any authenticator writes */
const FIELD_BYTES_MAX = 16_384
/** five minutes to find the security key */
const TIMEOUT_MS = 300_000

/** base64url without padding, as WebAuthn's JSON has it */
function base64urlShape(bytesMax: number): Shape<Uint8Array> {
  return (value, at) => {
    const fits = typeof value === 'string' && /^[A-Za-z0-9_-]*$/.test(value)
    const bytes = fits ? new Uint8Array(Buffer.from(value, 'base64url')) : undefined
    return bytes === undefined || bytes.length > bytesMax
      ? refuse('FILE_MALFORMED', `${at}: at most ${bytesMax} bytes in base64url expected`)
      : accept(bytes)
  }
}

/** The named fields of a browser's object; what other fields it has is the browser's matter. */
function among<T>(names: readonly string[], shape: Shape<T>): Shape<T> {
  return (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return shape(value, at)
    const known = Object.entries(value).filter(([name]) => names.includes(name))
    return shape(Object.fromEntries(known), at)
  }
}

const bytes = base64urlShape(FIELD_BYTES_MAX)
const publicKeyType = oneOfShape('public-key')

/** What `navigator.credentials.get(…)` gives, `toJSON()`. */
export const assertionShape = among(
  ['type', 'response'],
  objectShape({
    type: publicKeyType,
    response: among(
      ['authenticatorData', 'clientDataJSON', 'signature'],
      objectShape({ authenticatorData: bytes, clientDataJSON: bytes, signature: bytes }),
    ),
  }),
)
export type Assertion = ShapeOf<typeof assertionShape>

/** What `navigator.credentials.create(…)` gives, `toJSON()`. */
export const registrationShape = among(
  ['type', 'id', 'response'],
  objectShape({
    type: publicKeyType,
    id: bytes,
    response: among(['publicKey'], objectShape({ publicKey: bytes })),
  }),
)
export type Registration = ShapeOf<typeof registrationShape>

const base64url = (value: Uint8Array): string => Buffer.from(value).toString('base64url')

/** The JSON of `PublicKeyCredential.parseRequestOptionsFromJSON` that has a message signed. */
export function passkeyRequest(
  typed: TypedDataDefinition,
  { rpId, credential }: { readonly rpId?: string; readonly credential?: string } = {},
): object {
  return {
    challenge: base64url(hexToBytes(hashTypedData(typed))),
    timeout: TIMEOUT_MS,
    userVerification: 'required',
    ...(rpId === undefined ? {} : { rpId }),
    allowCredentials: credential === undefined ? [] : [{ type: 'public-key', id: credential }],
  }
}

/** The JSON of `PublicKeyCredential.parseCreationOptionsFromJSON` that makes a passkey of P-256. */
export function passkeyCreation(name: string, rpId?: string): object {
  return {
    rp: { name: 'Veche', ...(rpId === undefined ? {} : { id: rpId }) },
    user: { id: base64url(Buffer.from(randomUUID())), name, displayName: name },
    // nothing is attested: the signer's bytes are compared when the department's file is made
    challenge: base64url(Buffer.from(randomUUID())),
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { userVerification: 'required', residentKey: 'preferred' },
    attestation: 'none',
  }
}

/** Signer and credential id of a passkey that a browser made. Throws `PASSKEY_MALFORMED`. */
export function passkeyOf({ id, response }: Registration): { signer: Hex; credential: string } {
  const malformed = (cause?: unknown): VecheError =>
    new VecheError('PASSKEY_MALFORMED', 'a P-256 public key (algorithm -7) expected', { cause })
  let jwk: { crv?: string; x?: string; y?: string }
  try {
    const key = Buffer.from(response.publicKey)
    jwk = createPublicKey({ key, format: 'der', type: 'spki' }).export({ format: 'jwk' })
  } catch (cause) {
    throw malformed(cause)
  }
  if (jwk.crv !== 'P-256' || jwk.x === undefined || jwk.y === undefined) throw malformed()
  const point = Buffer.concat([jwk.x, jwk.y].map((part) => Buffer.from(part, 'base64url')))
  return { signer: webAuthnSigner(new Uint8Array(point)), credential: base64url(id) }
}

const differs = (why: string): VecheError => new VecheError('ASSERTION_DIFFERS', why)

/** The text of client data that says what was asked for: this ceremony, this message. */
function checkedClientData(data: Uint8Array, challenge: string): string {
  let text: string
  let client: { type?: unknown; challenge?: unknown } | null
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data)
    client = JSON.parse(text) as typeof client
  } catch (cause) {
    throw new VecheError('ASSERTION_DIFFERS', 'clientDataJSON: JSON expected', { cause })
  }
  if (client?.type !== 'webauthn.get') throw differs('an assertion of type webauthn.get expected')
  if (client.challenge !== challenge)
    throw differs(`the passkey signed another message: ${challenge} expected as the challenge`)
  return text
}

function checkFlags(data: Uint8Array): void {
  const flags = data[FLAGS_AT] ?? 0
  if (data.length < AUTHENTICATOR_DATA_BYTES_MIN || (flags & USER_PRESENT) === 0)
    throw differs('an authenticator that saw a person expected')
  if ((flags & USER_VERIFIED) === 0)
    throw differs('an authenticator that verified its person (PIN, finger) expected')
}

const sha256 = (data: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(data).digest())

/**
 * A passkey that signed already: `sign` gives its signature for the one message it is of and throws
 * `ASSERTION_DIFFERS` for any other. Throws `SIGNER_IMPROPER` when `signer` is no passkey.
 */
export function assertionSigner(signer: Hex, { response }: Assertion): DepartmentSigner {
  if (signerKindOf(signer) !== 'webauthn')
    throw new VecheError('SIGNER_IMPROPER', `${signer}: the signer of a passkey expected`)
  const publicKey = hexToBytes(signer).subarray(20)
  return {
    signer,
    async sign(typed) {
      const { authenticatorData, clientDataJSON } = response
      const challenge = base64url(hexToBytes(hashTypedData(typed)))
      const clientDataJson = checkedClientData(clientDataJSON, challenge)
      checkFlags(authenticatorData)
      const signature = p256SignatureFromDer(response.signature)
      if (!signature.ok) throw differs(signature.reason)
      const signed = sha256(Buffer.concat([authenticatorData, sha256(clientDataJSON)]))
      if (!isP256Signed(signed, signature.value, publicKey))
        throw differs(`a signature by ${signer} expected`)
      return webAuthnSignature({ authenticatorData, clientDataJson, signature: signature.value })
    },
  }
}

/** Reads an assertion. Throws `FILE_UNREADABLE`, `FILE_MALFORMED`, `SIGNER_IMPROPER`. */
export async function openAssertionFile(signer: Hex, path: string): Promise<DepartmentSigner> {
  return assertionSigner(signer, await readJsonFile(path, assertionShape, PASSKEY_FILE_BYTES_MAX))
}
