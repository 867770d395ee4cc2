/** Where genesis puts the city's services. Above the precompiles, readable in any explorer. */
import type { Address } from '@veche/primitives'

/** ValidatorSet: the engine calls `getValidators()` here. */
export const VALIDATOR_SET_ADDRESS: Address = '0x0000000000000000000000000000000000001001'
/** DocumentRegistry. */
export const DOCUMENT_REGISTRY_ADDRESS: Address = '0x0000000000000000000000000000000000001002'
