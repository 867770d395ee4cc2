// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @title EIP-712 digests bound to this chain and to the address that runs the code.
/// @dev OpenZeppelin's EIP712 caches the separator in immutables; here there are none, so that the code of a
/// clone's implementation equals the compiler's output byte for byte.
abstract contract TypedDomain {
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    /// @dev the name that a wallet shows
    function _domainName() internal pure virtual returns (string memory);

    /// @notice EIP-5267: what a wallet needs to show and sign a message for this contract.
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        return (0x0f, _domainName(), "1", block.chainid, address(this), 0, new uint256[](0));
    }

    /// @dev the digest that is signed
    function _digest(bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPE, keccak256(bytes(_domainName())), keccak256("1"), block.chainid, address(this))
        );
        return MessageHashUtils.toTypedDataHash(domain, structHash);
    }
}
