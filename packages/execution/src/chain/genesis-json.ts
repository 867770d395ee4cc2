/** A genesis as the JSON of its file: what `decodeGenesis` reads back as the same value. */
import { bytesToHex, padLeft } from '@veche/primitives'
import { FORKS } from './forks.ts'
import type { Genesis, GenesisAccount } from './genesis.ts'

function quantity(value: bigint | number): string {
  return `0x${value.toString(16)}`
}

function accountToJson({ balance, nonce, code, storage }: GenesisAccount): object {
  return {
    balance: quantity(balance),
    ...(nonce === 0n ? {} : { nonce: quantity(nonce) }),
    ...(code.length === 0 ? {} : { code: bytesToHex(code) }),
    ...(storage.size === 0
      ? {}
      : {
          storage: Object.fromEntries(
            [...storage].map(([slot, value]) => [slot, bytesToHex(padLeft(value, 32))]),
          ),
        }),
  }
}

/** The JSON object of a genesis file. Pure. */
export function genesisToJson(genesis: Genesis): object {
  const { chainId, ...parameters } = genesis.parameters
  const forks = FORKS.filter((fork) => genesis.forks[fork] !== undefined)
  return {
    config: {
      chainId,
      ...Object.fromEntries(forks.map((fork) => [`${fork}Time`, genesis.forks[fork]])),
      veche: {
        ...parameters,
        baseFeeRule: genesis.baseFeeRule,
        ...(genesis.validatorContract === undefined
          ? {}
          : { validatorContract: genesis.validatorContract }),
      },
    },
    timestamp: quantity(genesis.timestamp),
    gasLimit: quantity(genesis.gasLimit),
    baseFeePerGas: quantity(genesis.baseFeePerGas),
    validators: genesis.validators,
    alloc: Object.fromEntries(
      [...genesis.alloc].map(([address, account]) => [address, accountToJson(account)]),
    ),
  }
}
