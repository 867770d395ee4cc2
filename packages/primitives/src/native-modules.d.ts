/**
 * The part of the `secp256k1` package that has no types: its native addon, without the slow
 * fallback.
 */
declare module 'secp256k1/bindings.js' {
  const addon: unknown
  export default addon
}
