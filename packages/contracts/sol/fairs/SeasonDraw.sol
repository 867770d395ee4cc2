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
        _pass(run, tally, ids);
        _tally = tally;
        emit Drawn(uint8(run.pass), uint32(run.from), ids);
        _store(run, tally);
    }

    function _pass(Run memory run, Tally memory tally, bytes calldata ids) private {
        bool isFirst = run.pass == 1;
        // in the first pass an entry is written when its successor is known
        Entry pending = _entries[run.last];
        for (uint256 i = 0; i < ids.length; i += 4) {
            uint32 id = uint32(bytes4(ids[i:]));
            Entry entry = _entries[id];
            if (!_isLive(run, entry)) revert FairSeasonNotInPass(id, uint8(run.pass));
            _advance(run, id, entry);
            if (isFirst && run.last == 0) run.first = id;
            else if (isFirst) _entries[run.last] = pending.withNext(id);
            run.last = id;
            pending = run.isOverflow ? _overflowVisit(run, tally, id, entry) : _visit(run, tally, id, entry);
            if (!isFirst && Entry.unwrap(pending) != Entry.unwrap(entry)) _entries[id] = pending;
        }
        if (isFirst && run.last != 0) _entries[run.last] = pending;
    }

    function _isLive(Run memory run, Entry entry) private pure returns (bool) {
        if (!entry.isEligible()) return false;
        if (run.isOverflow) return entry.places() == 0;
        // a pass gives one place at most: whoever was served now has `pass` places and is behind by order
        return entry.places() >= run.pass - 1 && entry.wanted() >= run.pass;
    }

    function _advance(Run memory run, uint32 id, Entry entry) private pure {
        uint256 key = _keyOf(run.seed, id, entry, run.byBlock);
        if (key <= run.lastKey) revert FairSeasonOutOfOrder(id, key, run.lastKey);
        run.lastKey = key;
        ++run.processed;
    }

    /// @dev The best of his list that is free, on weekends without a place: one, or as many as he may have.
    /// Unchecked: stands are from 1 and slots below 2^16, which submit and freezeRules have checked, and a
    /// lane is lowered only when it is not 0.
    function _visit(Run memory run, Tally memory tally, uint32 id, Entry entry) private returns (Entry) {
        unchecked {
            uint256 had = entry.places();
            uint256 count = had;
            uint256 goal = run.onePass ? run.placesMax : had + 1;
            uint256 fairs = run.fairs;
            uint256 weekends = had == 0 ? 0 : entry.weekendsTouched(fairs);
            uint256 list = entry.preferences();
            for (uint256 i = 0; list != 0 && count < goal; ++i) {
                uint256 slot = (list & 0xffff) - 1;
                list >>= 16;
                uint256 weekend = 1 << (slot / fairs);
                if (weekends & weekend != 0) continue;
                slot = slot * run.categories + entry.category();
                uint256 lane = (slot & 15) * 16;
                uint256 word = _left[slot >> 4];
                if ((word >> lane) & 0xffff == 0) continue;
                _left[slot >> 4] = word - (1 << lane);
                weekends |= weekend;
                ++count;
                entry = entry.withPlace(i, Place.Held);
                emit Allocated(id, uint16(slot), uint8(i), uint8(run.pass));
            }
            if (count == had) return entry;
            uint256 wanted = entry.wanted();
            tally.move(had, count, wanted);
            if (!run.onePass && count < wanted) ++run.nextLive;
            return entry.withPlaces(count);
        }
    }

    /// @dev One place that another category left over, the category with the lowest number first.
    function _overflowVisit(Run memory run, Tally memory tally, uint32 id, Entry entry)
        private
        returns (Entry)
    {
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
                emit Allocated(id, uint16(slot), uint8(i), uint8(run.pass));
                return entry.withPlace(i, Place.Held).withOverflow(i, from).withPlaces(1);
            }
        }
        return entry;
    }

    function _load() private view returns (Run memory run) {
        Terms terms = _terms;
        run.pass = _cursor.pass;
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
