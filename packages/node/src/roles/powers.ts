/** Which function needs which role and how much notice, as CityAccess holds it now. */
import { cityFunctions, cityRoleName } from '@veche/contracts'
import type { Address, Hex } from '@veche/primitives'
import { toFunctionSelector, toFunctionSignature } from 'viem/utils'
import { contractOf } from '../act/contracts.ts'
import type { AskAccess } from './ask.ts'
import type { AccessHistory } from './history.ts'
import { roleName } from './holders.ts'

/** One restricted function. */
export interface Power {
  readonly contract: string
  readonly target: Address
  readonly signature: string
  readonly selector: Hex
  readonly role: string
  readonly roleId: bigint
  /** seconds of notice in force */
  readonly delaySeconds: number
  /** a change that is under way */
  readonly pending?: { readonly delaySeconds: number; readonly effect: number }
  /** the city's table gives this function to another role */
  readonly differs: boolean
}

type Place = Pick<Power, 'contract' | 'target' | 'signature' | 'selector'>

/** The function with this selector, from the ABIs that we have; copies ask at one address too. */
export function placeOf(target: Address, selector: Hex): Place {
  const row = cityFunctions().find((each) => each.target === target && each.selector === selector)
  if (row !== undefined) return row
  const known = contractOf(target)
  const abi = known?.binding.abi ?? []
  const found = abi.find(
    (item) => item.type === 'function' && toFunctionSelector(item) === selector,
  )
  const signature = found?.type === 'function' ? toFunctionSignature(found) : selector
  return { contract: known?.name ?? target, target, signature, selector }
}

function expectedRole({ target, selector }: Place): string | undefined {
  return cityFunctions().find((row) => row.target === target && row.selector === selector)?.role
}

/** Names of roles, each asked for once. */
function createNames(ask: AskAccess): (id: bigint) => Promise<string> {
  const known = new Map<bigint, Promise<string>>()
  return (id) => {
    const name = known.get(id) ?? roleName(ask, id)
    known.set(id, name)
    return name
  }
}

async function readPower(
  ask: AskAccess,
  place: Place,
  nameOf: (id: bigint) => Promise<string>,
): Promise<Power> {
  const { contract, target, signature, selector } = place
  const roleId = await ask('getTargetFunctionRole', target, selector)
  const [delaySeconds, later, effect] = await ask('functionDelay', target, selector)
  const pending = effect === 0 ? {} : { pending: { delaySeconds: later, effect } }
  const differs = (expectedRole(place) ?? 'ADMIN') !== cityRoleName(roleId)
  const role = await nameOf(roleId)
  const told = { contract, target, signature, selector, role, roleId, delaySeconds }
  return { ...told, ...pending, differs }
}

/** Every function of the city's table and every one that was reassigned since. */
export async function readPowers(ask: AskAccess, { touched }: AccessHistory): Promise<Power[]> {
  const places = new Map<string, Place>()
  const listed = cityFunctions().map(({ target, selector }) => ({ target, selector }))
  for (const { target, selector } of [...listed, ...touched])
    places.set(`${target} ${selector}`, placeOf(target, selector))
  const nameOf = createNames(ask)
  return Promise.all([...places.values()].map((place) => readPower(ask, place, nameOf)))
}
