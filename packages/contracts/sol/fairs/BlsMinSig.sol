// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title BLS signatures on BLS12-381, signature on G1 and key on G2, with the precompiles of EIP-2537.
 * @dev A signature on G1 is the cheaper choice: mapping to G1 costs 5,500 gas a field element, to G2
 * 23,800. Hash to curve is RFC 9380, BLS12381G1_XMD:SHA-256_SSWU_RO_, for messages of 32 bytes; the map
 * precompile clears the cofactor, and the sum of two points of the subgroup lies in it. The pairing
 * precompile refuses points outside the curve or the subgroup; infinity is refused here.
 */
library BlsMinSig {
    error BlsMinSigPrecompileFailed(address precompile);

    address private constant MODEXP = address(0x05);
    address private constant G1_ADD = address(0x0b);
    address private constant PAIRING_CHECK = address(0x0f);
    address private constant MAP_FP_TO_G1 = address(0x10);

    bytes private constant DST_PRIME = "VECHE-FAIRS-V1_BLS12381G1_XMD:SHA-256_SSWU_RO_\x2e";

    /// @dev the generator of G2, negated: e(signature, -g2) * e(H(message), key) = 1
    bytes private constant G2_NEGATED =
        hex"00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051"
        hex"c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        hex"0000000000000000000000000000000013e02b6052719f607dacd3a088274f65"
        hex"596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        hex"000000000000000000000000000000000d1b3cc2c7027888be51d9ef691d77bc"
        hex"b679afda66c73f17f9ee3837a55024f78c71363275a75d75d86bab79f74782aa"
        hex"0000000000000000000000000000000013fa4d4a0ad8b1ce186ed5061789213d"
        hex"993923066dddaf1040bc3ff59f825c78df74f2d75467e25e0f55f8a00fa030ed";

    /// @dev prefix of modexp: a base of 64 bytes, an exponent of 1 byte, a modulus of 64 bytes
    bytes private constant MODEXP_LENGTHS =
        hex"0000000000000000000000000000000000000000000000000000000000000040"
        hex"0000000000000000000000000000000000000000000000000000000000000001"
        hex"0000000000000000000000000000000000000000000000000000000000000040";
    /// @dev the exponent 1, then the prime of the field
    bytes private constant EXPONENT_AND_PRIME =
        hex"01"
        hex"000000000000000000000000000000001a0111ea397fe69a4b1ba7b6434bacd7"
        hex"64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";

    /// @dev Whether the signature of this key over the message is good. False for a point at infinity, a
    /// point outside curve or subgroup, or an encoding that is not canonical.
    function verify(bytes32[8] memory key, bytes32[4] memory signature, bytes32 message)
        internal
        view
        returns (bool)
    {
        if (key[0] | key[1] | key[2] | key[3] | key[4] | key[5] | key[6] | key[7] == 0) return false;
        if (signature[0] | signature[1] | signature[2] | signature[3] == 0) return false;
        bytes memory pairs =
            bytes.concat(abi.encode(signature), G2_NEGATED, hashToG1(message), abi.encode(key));
        // a failing call is the precompile's verdict on foreign points: no good signature
        (bool ok, bytes memory answer) = PAIRING_CHECK.staticcall(pairs);
        return ok && answer.length == 32 && bytes32(answer) == bytes32(uint256(1));
    }

    /// @dev The point of a message, 128 bytes in the encoding of EIP-2537.
    function hashToG1(bytes32 message) internal view returns (bytes memory) {
        // expand_message_xmd: Z_pad, message, 128 bytes wanted, 0
        bytes32 b0 = sha256(bytes.concat(bytes32(0), bytes32(0), message, hex"008000", DST_PRIME));
        bytes32 b1 = sha256(bytes.concat(b0, hex"01", DST_PRIME));
        bytes32 b2 = sha256(bytes.concat(b0 ^ b1, hex"02", DST_PRIME));
        bytes32 b3 = sha256(bytes.concat(b0 ^ b2, hex"03", DST_PRIME));
        bytes32 b4 = sha256(bytes.concat(b0 ^ b3, hex"04", DST_PRIME));
        return _call(G1_ADD, bytes.concat(_mapToG1(b1, b2), _mapToG1(b3, b4)));
    }

    function _mapToG1(bytes32 high, bytes32 low) private view returns (bytes memory) {
        bytes memory element = _call(MODEXP, bytes.concat(MODEXP_LENGTHS, high, low, EXPONENT_AND_PRIME));
        return _call(MAP_FP_TO_G1, element);
    }

    function _call(address precompile, bytes memory input) private view returns (bytes memory) {
        (bool ok, bytes memory answer) = precompile.staticcall(input);
        if (!ok || answer.length == 0) revert BlsMinSigPrecompileFailed(precompile);
        return answer;
    }
}
