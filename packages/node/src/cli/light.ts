/** `veche light`: the head of a chain, proven by set-change headers and one certificate. */
import { Command, Option } from 'commander'
import { LightClient, rpcHeaderServer, type VerifiedHeader } from '../light.ts'
import { integer, jsonOption, printJson, rpcOption } from './options.ts'
import { addPinOptions, EXIT_NOT_PROVEN, type PinFlags, trustedBlock } from './pinned-genesis.ts'

interface LightFlags extends PinFlags {
  readonly block?: number
  readonly json: boolean
}

function describe(verified: VerifiedHeader, fetched: number): string {
  const { header, hash, seals, validators, changes } = verified
  const time = new Date(header.timestamp * 1000).toISOString()
  return [
    `block ${header.number} ${hash}`,
    `  of ${time}, sealed by ${seals} of ${validators.length} validators`,
    `  proven by ${fetched} headers: ${changes} changes of the set, the trusted one and this`,
  ].join('\n')
}

async function light(flags: LightFlags): Promise<void> {
  const trusted = await trustedBlock(flags)
  const client = await LightClient.open(rpcHeaderServer(flags.rpc), trusted)
  const verified = client.ok ? await client.value.verify(flags.block ?? 'latest') : client
  if (!client.ok || !verified.ok) {
    const { code, reason } = (client.ok ? verified : client) as { code: string; reason: string }
    process.exitCode = EXIT_NOT_PROVEN
    if (flags.json) printJson({ proven: false, code, reason })
    else process.stdout.write(`NOT PROVEN: ${reason} [${code}]\n`)
    return
  }
  const { header, hash, seals, validators, changes } = verified.value
  const { fetched } = client.value
  const { number, timestamp } = header
  if (flags.json)
    printJson({ proven: true, number, hash, timestamp, seals, validators, changes, fetched })
  else process.stdout.write(`${describe(verified.value, fetched)}\n`)
}

/** The `light` command. */
export function lightCommand(): Command {
  const command = new Command('light')
    .description('prove a block of an untrusted node from genesis or a checkpoint, by few headers')
    .addOption(rpcOption())
  return addPinOptions(command)
    .addOption(
      new Option('--block <height>', 'block to prove (default: the head)').argParser(
        integer(0, Number.MAX_SAFE_INTEGER),
      ),
    )
    .addOption(jsonOption())
    .addHelpText('after', '\nExit code: 0 proven, 4 not proven.')
    .action(light)
}
