declare module 'secp256k1/bindings.js' {
  const addon: unknown
  export default addon
}
