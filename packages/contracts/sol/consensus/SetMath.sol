// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Arithmetic and encoding of validator sets, in integers only.
library SetMath {
    /// @dev ceil(2n/3): consensus.md, "Parameters"
    function quorum(uint256 n) internal pure returns (uint256) {
        return (2 * n + 2) / 3;
    }

    /// @dev max(1, f), f = floor((n - 1) / 3); n is at least 1
    function changesMax(uint256 n) internal pure returns (uint256) {
        uint256 f = (n - 1) / 3;
        return f > 1 ? f : 1;
    }

    /// @dev the largest number below n/3, and at least one: a seat is the unit
    function seatsMax(uint256 n) internal pure returns (uint256) {
        uint256 below = (n + 2) / 3 - 1;
        return below > 1 ? below : 1;
    }

    /// @dev keccak256(rlp(members)): a list of n strings of 20 bytes, 21 n bytes of payload (n <= 100)
    function rlpHash(address[] memory members) internal pure returns (bytes32) {
        uint256 length = members.length * 21;
        bytes memory payload = new bytes(length);
        for (uint256 i = 0; i < members.length; ++i) {
            bytes20 member = bytes20(members[i]);
            payload[21 * i] = 0x94;
            for (uint256 j = 0; j < 20; ++j) payload[21 * i + 1 + j] = member[j];
        }
        bytes memory prefix = length < 56
            ? abi.encodePacked(uint8(0xc0 + length))
            : length < 256 ? abi.encodePacked(uint8(0xf8), uint8(length)) : abi.encodePacked(uint8(0xf9), uint16(length));
        return keccak256(bytes.concat(prefix, payload));
    }
}
