/** An ERC-20 of OpenZeppelin as a city's supplier would write it, compiled with npm `solc`. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Abi, Hex } from 'viem'

const SOURCE = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
contract CityToken is ERC20 {
    constructor() ERC20("City Token", "CITY") {
        _mint(msg.sender, 1_000_000 ether);
    }
}`

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly contracts: {
    readonly 'CityToken.sol': {
      readonly CityToken: {
        readonly abi: Abi
        readonly evm: { readonly bytecode: { readonly object: string } }
      }
    }
  }
}

interface Solc {
  compile(
    input: string,
    options: { import(path: string): { contents: string } | { error: string } },
  ): string
}

const require = createRequire(import.meta.url)

/** ABI and creation code of the token. */
export function compileToken(): { readonly abi: Abi; readonly bytecode: Hex } {
  const solc = require('solc') as Solc
  const input = {
    language: 'Solidity',
    sources: { 'CityToken.sol': { content: SOURCE } },
    settings: {
      evmVersion: 'prague',
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  }
  const read = (path: string): { contents: string } => ({
    contents: readFileSync(require.resolve(path), 'utf8'),
  })
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read })) as SolcOutput
  const failures = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  if (failures.length > 0) throw new SyntaxError(failures.map((e) => e.formattedMessage).join('\n'))
  const { abi, evm } = output.contracts['CityToken.sol'].CityToken
  return { abi, bytecode: `0x${evm.bytecode.object}` }
}
