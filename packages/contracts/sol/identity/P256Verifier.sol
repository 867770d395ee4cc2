// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC7913P256Verifier} from "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913P256Verifier.sol";

/// @title The city's ERC-7913 verifier of P-256 signatures: OpenZeppelin's, at an address of its own.
/// @dev No state and no owner. Uses P256VERIFY (EIP-7951) where the chain has it, Solidity where it has not.
contract P256Verifier is ERC7913P256Verifier {}
