/** One thread of a soak: runs what it is sent and answers with reports; null ends it. */
import { parentPort } from 'node:worker_threads'
import { type SimulationOptions, simulate } from '@veche/consensus/simulator'
import { installNativeCrypto } from '@veche/primitives/native'

await installNativeCrypto()
parentPort?.on('message', (options: SimulationOptions | null) => {
  if (options === null) parentPort?.close()
  else parentPort?.postMessage(simulate(options))
})
