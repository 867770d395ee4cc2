// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Entry, FairEntry} from "./FairEntry.sol";
import {FairMetric, Tally} from "./FairMetric.sol";
import {Terms} from "./FairTerms.sol";
import {SeasonState} from "./SeasonState.sol";

/// @title The draw: every eligible application, once a pass, in ascending key, by whoever submits them.
/// @dev Keys rise strictly and only those that belong to the pass are taken, so a pass is complete when
/// their number is reached. Pass p > 1 belongs to those whom every pass before served and who can get more;
/// whoever got nothing found all he asked for full, and free places never grow during the draw. In the first
/// pass each entry is linked to the next: the order that the waiting list walks.
abstract contract SeasonDraw is SeasonState {
    using FairMetric for Tally;

    uint256 internal constant DRAW_BATCH_MAX = 1_024;

    /// @dev What a batch holds in memory instead of storage.
    struct Run {
        uint256 pass;
        /// @dev places of whoever belongs to the pass
        uint256 least;
        uint256 from;
        uint256 processed;
        uint256 expected;
        uint256 nextLive;
        uint32 first;
        uint32 last;
        uint256 lastKey;
        bytes32 seed;
        uint256 fairs;
        uint256 categories;
        uint256 placesMax;
        uint256 overflowMax;
        bool byBlock;
        bool onePass;
        bool isOverflow;
    }

    function draw(bytes calldata ids) external {
        if (_stage < Stage.Seeded || _stage > Stage.Drawing) _wrongStage();
        if (_stage == Stage.Seeded) _enter(Stage.Drawing);
        Run memory run = _load();
        uint256 size = ids.length / 4;
        if (ids.length % 4 != 0 || size > DRAW_BATCH_MAX || size > run.expected - run.processed) {
            revert FairSeasonBatchInvalid(ids.length, 4 * (run.expected - run.processed));
        }
        // nothing is drawn only where nobody is eligible
        if (size == 0 && run.expected != 0) revert FairSeasonBatchInvalid(0, 4 * run.expected);
        Tally memory tally = _tally;
        bytes memory places = _pass(run, tally, ids);
        _tally = tally;
        emit Drawn(uint8(run.pass), uint32(run.from), ids, places);
        _store(run, tally);
    }

    /// @dev What each of them got, as Drawn tells it.
    function _pass(Run memory run, Tally memory tally, bytes calldata ids) private returns (bytes memory places) {
        // counts of ids, far below 2^32
        unchecked {
            bool isFirst = run.pass == 1;
            uint256 size = ids.length / 4;
            places = new bytes(size);
            uint32 last = run.last;
            // in the first pass an entry is written when its successor is known
            Entry pending = _entries[last];
            uint256 eight;
            for (uint256 i = 0; i < size; ++i) {
                // a word holds eight ids
                eight = i & 7 == 0 ? uint256(bytes32(ids[4 * i:])) : eight << 32;
                uint32 id = uint32(eight >> 224);
                Entry entry = _entries[id];
                if (!_isLive(run, entry)) revert FairSeasonNotInPass(id, uint8(run.pass));
                _advance(run, id, entry);
                if (isFirst) {
                    if (last == 0) run.first = id;
                    else _entries[last] = pending.withNext(id);
                }
                last = id;
                uint256 given;
                (pending, given) = run.isOverflow ? _overflowVisit(run, tally, entry) : _visit(run, tally, entry);
                if (given == 0) continue;
                places[i] = bytes1(uint8(given));
                if (!isFirst) _entries[id] = pending;
            }
            if (isFirst && last != 0) _entries[last] = pending;
            run.last = last;
            run.processed += size;
        }
    }

    function _isLive(Run memory run, Entry entry) private pure returns (bool) {
        if (!entry.isEligible()) return false;
        // a pass gives one place at most: whoever was served now has `pass` places and is behind by order
        if (!run.isOverflow) return entry.places() >= run.least && entry.wanted() > run.least;
        return entry.places() == 0;
    }

    function _advance(Run memory run, uint32 id, Entry entry) private pure {
        uint256 key = _keyOf(run.seed, id, entry, run.byBlock);
        if (key <= run.lastKey) revert FairSeasonOutOfOrder(id, key, run.lastKey);
        run.lastKey = key;
    }

    /// @dev The best of his list that is free, on weekends without a place: one, or as many as he may have.
    /// Unchecked: stands are from 1 and slots below 2^16, which submit and freezeRules have checked, and a
    /// lane is lowered only when it is not 0.
    function _visit(Run memory run, Tally memory tally, Entry entry) private returns (Entry, uint256 given) {
        unchecked {
            uint256 had = entry.places();
            uint256 count = had;
            uint256 goal = run.onePass ? run.placesMax : had + 1;
            uint256 fairs = run.fairs;
            uint256 weekends;
            uint256 states = entry.states();
            uint256 list = entry.preferences();
            for (uint256 i = 0; list != 0 && count < goal; ++i) {
                uint256 slot = (list & 0xffff) - 1;
                uint256 weekend = 1 << (slot / fairs);
                list >>= 16;
                if (states != 0) {
                    // from a pass before; what stands above it was full then, and still is
                    if (states & 7 != 0) weekends |= weekend;
                    states >>= 3;
                    continue;
                }
                if (weekends & weekend != 0) continue;
                slot = slot * run.categories + entry.category();
                uint256 lane = (slot & 15) * 16;
                uint256 word = _left[slot >> 4];
                if ((word >> lane) & 0xffff == 0) continue;
                _left[slot >> 4] = word - (1 << lane);
                weekends |= weekend;
                ++count;
                entry = entry.withHeld(i);
                given |= 1 << i;
            }
            if (given != 0) {
                uint256 wanted = entry.wanted();
                tally.rise(had, count, wanted);
                if (!run.onePass && count < wanted) ++run.nextLive;
            }
            return (entry, given);
        }
    }

    /// @dev One place that another category left over, the category with the lowest number first.
    function _overflowVisit(Run memory run, Tally memory tally, Entry entry) private returns (Entry, uint256 given) {
        for (uint256 i = 0; i < FairEntry.PREFERENCES_MAX; ++i) {
            uint256 stand = entry.stand(i);
            if (stand == 0) break;
            if (_overflowAt(stand) >= run.overflowMax) continue;
            for (uint256 from = 0; from < run.categories; ++from) {
                uint256 slot = (stand - 1) * run.categories + from;
                if (from == entry.category() || _freeOf(slot) == 0) continue;
                _takePlace(slot);
                _overflow[stand >> 4] += 1 << ((stand & 15) * 16);
                tally.move(0, 1, entry.wanted());
                return (entry.withHeld(i).withOverflow(i, from), (i + 1) | (from << 4));
            }
        }
        return (entry, 0);
    }

    function _load() private view returns (Run memory run) {
        Terms terms = _terms;
        run.pass = _cursor.pass;
        run.least = run.pass - 1;
        run.from = run.processed = _cursor.processed;
        run.expected = _cursor.expected;
        run.nextLive = _cursor.nextLive;
        run.first = _cursor.first;
        run.last = _cursor.last;
        run.lastKey = _lastKey;
        run.seed = _seed;
        run.fairs = terms.fairs();
        run.categories = terms.categories();
        run.placesMax = terms.placesMax();
        run.overflowMax = terms.overflowMax();
        run.byBlock = terms.mechanism() == Mechanism.Fcfs;
        run.onePass = terms.isOnePass();
        run.isOverflow = run.pass > run.placesMax;
    }

    function _store(Run memory run, Tally memory tally) private {
        if (run.processed == run.expected) {
            uint256 next = run.pass + 1;
            uint256 nothing = FairMetric.countAt(tally.holders, 0);
            bool isLastTurn = run.onePass || run.isOverflow;
            if (!isLastTurn && run.nextLive != 0 && next <= run.placesMax) {
                run.expected = run.nextLive;
            } else if (!run.isOverflow && run.overflowMax != 0 && nothing != 0) {
                next = run.placesMax + 1;
                run.expected = nothing;
            } else {
                _enter(Stage.Offered);
            }
            if (_stage != Stage.Offered) {
                run.pass = next;
                run.processed = run.nextLive = run.lastKey = 0;
                run.last = 0;
            }
        }
        _cursor = DrawCursor(
            uint8(run.pass),
            uint32(run.processed),
            uint32(run.expected),
            uint32(run.nextLive),
            run.first,
            run.last
        );
        _lastKey = run.lastKey;
    }
}
