/**
 * A browser with a passkey, for tests: WebAuthn Level 3, what `create` and `get` give as JSON, with
 * a real P-256 key and signatures in DER.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

export interface Browser {
  /** RegistrationResponseJSON */
  create(): object
  /** AuthenticationResponseJSON for PublicKeyCredentialRequestOptionsJSON */
  get(request: { readonly challenge?: string }): {
    readonly response: Readonly<
      Record<'authenticatorData' | 'clientDataJSON' | 'signature', string>
    >
  }
}

/** person present and verified */
const PRESENT_AND_VERIFIED = 0x05

/** A browser on `domain`; `flags` are what its authenticator claims. */
export function createBrowser(domain = 'veche.example', flags = PRESENT_AND_VERIFIED): Browser {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(16).toString('base64url')
  const clientData = (type: string, challenge: string): Buffer =>
    Buffer.from(
      JSON.stringify({ type, challenge, origin: `https://${domain}`, crossOrigin: false }),
    )
  const envelope = { id, rawId: id, type: 'public-key', authenticatorAttachment: 'platform' }
  return {
    create: () => ({
      ...envelope,
      clientExtensionResults: {},
      response: {
        clientDataJSON: clientData('webauthn.create', 'AA').toString('base64url'),
        publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
        publicKeyAlgorithm: -7,
        transports: ['internal'],
      },
    }),
    get({ challenge = '' }) {
      const data = clientData('webauthn.get', challenge)
      const rpIdHash = createHash('sha256').update(domain).digest()
      const counter = Buffer.alloc(4)
      const authenticatorData = Buffer.concat([rpIdHash, Buffer.from([flags]), counter])
      const signed = Buffer.concat([authenticatorData, createHash('sha256').update(data).digest()])
      return {
        ...envelope,
        clientExtensionResults: {},
        response: {
          authenticatorData: authenticatorData.toString('base64url'),
          clientDataJSON: data.toString('base64url'),
          signature: sign('sha256', signed, privateKey).toString('base64url'),
          userHandle: null,
        },
      }
    },
  }
}
