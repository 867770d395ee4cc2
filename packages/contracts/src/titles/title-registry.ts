/**
 * TitleRegistry for TypeScript: the binding, and the call that starts it behind its proxy.
 * services.md 2.1; sol/titles.
 */
import type { Address, Hex } from '@veche/primitives'
import { createBinding } from '../binding.ts'
import { cityAccessAbi } from '../generated/city-access.ts'
import { titleRegistryAbi } from '../generated/title-registry.ts'

/** TitleRegistry: `encode`, `decode`, `decodeLog`, `decodeError` (CityAccess's reasons too). */
export const titleRegistry = createBinding(titleRegistryAbi, { errorsOf: [cityAccessAbi] })

/** Calldata of the initializer, for the proxy's constructor. */
export function titleRegistryInitializer(contracts: {
  readonly access: Address
  readonly releases: Address
  readonly identities: Address
}): Hex {
  const { access, releases, identities } = contracts
  return titleRegistry.encode.initialize(access, releases, identities)
}
