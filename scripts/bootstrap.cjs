// Installs what package-lock.json names, when it is not installed yet: runs before `npm start`,
// `npm test` and `npm run check` on whatever Node the machine has, so it is old-style CommonJS
// without dependencies. The npm scripts that follow then find the pinned Node 24 first on the PATH.
'use strict'
const { createHash } = require('node:crypto')
const { existsSync, readFileSync, writeFileSync } = require('node:fs')
const { spawnSync } = require('node:child_process')
const { join } = require('node:path')

const root = join(__dirname, '..')
const marker = join(root, 'node_modules', '.veche-installed')
const hash = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')

if (!existsSync(marker) || readFileSync(marker, 'utf8') !== hash) {
  // stderr: `npm start -- --json` keeps stdout for the result
  process.stderr.write('installing the packages of package-lock.json (once; about a minute) ...\n')
  const npm = process.env.npm_execpath
  // not `npm ci`: it refuses a lock file that lacks the optional builds of other platforms, which a
  // registry mirror may not carry; with --no-save the lock file binds all the same and stays as it
  // is
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  const result = npm
    ? spawnSync(process.execPath, [npm].concat(args), { cwd: root, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (result.status !== 0) {
    process.stderr.write('npm install failed (see above): npm 10 and a registry expected\n')
    process.exit(result.status || 1)
  }
  writeFileSync(marker, hash)
}

const pinned = join(root, 'node_modules', '.bin', 'node')
const version = spawnSync(existsSync(pinned) ? pinned : process.execPath, ['--version'])
const found = String(version.stdout).trim()
if (Number(found.slice(1).split('.')[0]) < 24) {
  process.stderr.write(
    `Node 24 or later expected, got ${found}: no pinned build for ${process.platform}-${process.arch}, install Node 24\n`,
  )
  process.exit(1)
}
