/**
 * Role ids of DocumentRegistry: keccak256(abi.encode(name, schemaId)), as its `issuerRole`
 * computes.
 */
import { type Hash, type Hex, hexToBytes, keccakHex } from '@veche/primitives'
import { encodeAbiParameters } from 'viem/utils'

function schemaRole(name: string, schemaId: Hash): Hash {
  const encoded: Hex = encodeAbiParameters(
    [{ type: 'string' }, { type: 'bytes32' }],
    [name, schemaId],
  )
  return keccakHex(hexToBytes(encoded))
}

/** Who may issue, suspend, reinstate and supersede under a schema. */
export function issuerRole(schemaId: Hash): Hash {
  return schemaRole('ISSUER', schemaId)
}

/** Who may suspend, reinstate and revoke under a schema. */
export function revokerRole(schemaId: Hash): Hash {
  return schemaRole('REVOKER', schemaId)
}
