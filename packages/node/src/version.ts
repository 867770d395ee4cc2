/** The version this node reports: that of its package. */
import packageJson from '../package.json' with { type: 'json' }

export const VERSION: string = packageJson.version

/** as `web3_clientVersion` and the handshake say it */
export const CLIENT_VERSION = `veche/v${VERSION}/${process.platform}-${process.arch}/node${process.versions.node}`
