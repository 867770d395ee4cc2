// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC7913WebAuthnVerifier} from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913WebAuthnVerifier.sol";

/// @title The city's ERC-7913 verifier of WebAuthn signatures: OpenZeppelin's, at an address of its own.
/// @dev No state and no owner. Uses P256VERIFY (EIP-7951) where the chain has it, Solidity where it has not.
contract WebAuthnVerifier is ERC7913WebAuthnVerifier {}
