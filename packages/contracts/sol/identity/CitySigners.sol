// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title Keys of people and departments, as ERC-7913 signers.
/// @notice A signer is either 20 bytes, an address (a secp256k1 key, or a contract that answers ERC-1271), or
/// 84 bytes, one of the city's two verifiers and the 64 bytes of a P-256 key. Nothing else signs: a foreign
/// verifier could accept everything, and a precompile answers an ERC-1271 question with what it was asked.
library CitySigners {
    /// @notice Checks P-256 signatures of HSMs and PEM keys: raw r ‖ s, s in the lower half.
    address internal constant P256_VERIFIER = 0x000000000000000000000000000000000000100b;
    /// @notice Checks WebAuthn assertions of passkeys and security keys, with user verification.
    address internal constant WEBAUTHN_VERIFIER = 0x000000000000000000000000000000000000100C;
    /// @notice Addresses up to this one belong to precompiles and predeployed services: nobody's key.
    uint160 internal constant RESERVED_MAX = 0xffff;
    uint256 private constant ADDRESS_BYTES = 20;
    uint256 private constant VERIFIED_BYTES = 84;

    /// @notice Whether these bytes name a key that may sign at all.
    function isProper(bytes memory signer) internal pure returns (bool) {
        if (signer.length == ADDRESS_BYTES) return uint160(bytes20(signer)) > RESERVED_MAX;
        if (signer.length != VERIFIED_BYTES) return false;
        address verifier = address(bytes20(signer));
        return verifier == P256_VERIFIER || verifier == WEBAUTHN_VERIFIER;
    }

    /// @notice The hash under which a record holds a key.
    function keyHashOf(bytes memory signer) internal pure returns (bytes32) {
        return keccak256(signer);
    }

    /// @notice Whether `signer` signed `digest`.
    function isSigned(bytes memory signer, bytes32 digest, bytes memory signature) internal view returns (bool) {
        return isProper(signer) && SignatureChecker.isValidSignatureNow(signer, digest, signature);
    }
}
