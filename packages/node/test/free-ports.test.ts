import { type AddressInfo, createServer } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { findFreePorts } from '../src/free-ports.ts'

test('the ports found can be bound, side by side', async () => {
  const first = await findFreePorts(3)
  const servers = [0, 1, 2].map((i) => createServer().listen(first + i, '127.0.0.1'))
  await Promise.all(servers.map((server) => new Promise((done) => server.once('listening', done))))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  assert.equal(ports, [first, first + 1, first + 2])
  for (const server of servers) server.close()
  assert.ok(first >= 20_000 && first + 2 < 32_768, 'below the ephemeral range')
})

test.run()
