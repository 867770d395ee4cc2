// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SeasonState} from "./SeasonState.sol";
import {Terms, Times} from "./FairTerms.sol";

/// @title A season before its first application: capacities, rules, beacon.
abstract contract SeasonRules is SeasonState {
    function addCapacities(uint256[] calldata words) external restricted only(Stage.Draft) {
        uint256 first = _capacityWords;
        uint256 size = words.length;
        if (size == 0 || size > BATCH_MAX || first + size > CAPACITY_WORDS_MAX) {
            revert FairSeasonBatchInvalid(size, BATCH_MAX);
        }
        bytes32 head = _capacitiesHead;
        for (uint256 i = 0; i < size; ++i) {
            _left[first + i] = words[i];
            head = keccak256(abi.encode(head, words[i]));
        }
        _capacitiesHead = head;
        _capacityWords = uint32(first + size);
        emit CapacitiesAdded(uint32(first), words);
    }

    function fixRules(
        bytes32 rulesHash,
        bytes32 groupKeyHash,
        uint256[3] calldata terms,
        address[] calldata members
    ) external onlyOffice only(Stage.Draft) {
        _rulesHash = rulesHash;
        _groupKeyHash = groupKeyHash;
        _terms = Terms.wrap(terms[0]);
        _times = Times.wrap(terms[1]);
        _attester = address(uint160(terms[2]));
        for (uint256 i = 0; i < members.length; ++i) _secrets[members[i]] = SILENT;
        _enter(Stage.RulesFrozen);
        emit RulesFixed(rulesHash, groupKeyHash, terms);
    }

    function open() external only(Stage.RulesFrozen) {
        _notBefore(_terms.opensAt());
        _enter(Stage.Open);
    }
}
