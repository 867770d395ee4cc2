/**
 * The way to the libp2p adapter. It is loaded when a network is made: a command that knows forks
 * and node keys alone starts without six hundred modules of libp2p (docs/adr/0171).
 */
import type { Network } from '@veche/primitives'
import type { NetworkOptions } from './options.ts'

/**
 * Creates a network on libp2p. Listens and dials from `start` on. Throws `NODE_KEY_INVALID` or
 * `ADDRESS_INVALID` for options that cannot work, and `NETWORK_LISTEN_FAILED` from `start`.
 */
export async function createNetwork(options: NetworkOptions): Promise<Network> {
  const adapter = await import('./network.ts')
  return adapter.createNetwork(options)
}
