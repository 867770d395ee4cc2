/** The node itself: chain, client, peers, sync, and hashing for the lazy. */
import { keccakHex } from '@veche/primitives'
import { data } from '../decode.ts'
import { syncToJson } from '../feed.ts'
import { quantity } from '../json.ts'
import { type Method, method, required } from '../method.ts'

export const netMethods: readonly Method[] = [
  method({
    name: 'eth_chainId',
    params: [],
    handle: ({ backend }) => quantity(backend.chainId),
  }),
  method({ name: 'net_version', params: [], handle: ({ backend }) => `${backend.chainId}` }),
  method({ name: 'net_listening', params: [], handle: () => true }),
  method({
    name: 'net_peerCount',
    params: [],
    handle: ({ backend }) => quantity(backend.peerCount()),
  }),
  method({
    name: 'web3_clientVersion',
    params: [],
    handle: ({ backend }) => backend.clientVersion,
  }),
  method({
    name: 'web3_sha3',
    params: [required('data', data)],
    handle: (_context, bytes) => keccakHex(bytes),
  }),
  method({
    name: 'eth_syncing',
    params: [],
    handle: ({ backend }) => {
      const status = backend.syncing()
      return status === undefined ? false : syncToJson(status)
    },
  }),
  // the node signs for nobody
  method({ name: 'eth_accounts', params: [], handle: () => [] }),
]
