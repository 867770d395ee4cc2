// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Entry, FairEntry} from "./FairEntry.sol";
import {FairMetric, Tally} from "./FairMetric.sol";
import {Terms} from "./FairTerms.sol";
import {SeasonState} from "./SeasonState.sol";

/// @title Places after the draw: answers, waiting list, attendance. No function gives a place to another.
abstract contract SeasonPlaces is SeasonState {
    using FairMetric for Tally;

    uint256 internal constant PROMOTE_STEPS_MAX = 1_024;
    /// @dev what a freed place looks at by itself: at most some 60,000 gas
    uint256 internal constant AUTO_STEPS = 16;
    /// @dev a code on a telephone is fresh, not signed at home for somebody else to bring
    uint256 internal constant CHECK_IN_SECONDS_MAX = 3_600;

    /// @dev A walk along a waiting list. In memory, so that the byte code holds the walk once and not a
    /// second time for a constant number of steps.
    struct Walk {
        uint16 slot;
        uint256 steps;
    }

    /// @dev A place that is given back; in memory for the same reason.
    struct Leave {
        uint32 id;
        uint256 preference;
        Place to;
    }

    modifier live() {
        if (_stage < Stage.Offered || _stage > Stage.Running) _wrongStage();
        _;
    }

    function run() external only(Stage.Offered) {
        _notBefore(_times.weekendStart(0));
        _freeze.ranAt = uint40(block.timestamp);
        _enter(Stage.Running);
    }

    function accept(Act calldata act, bytes calldata signature) external live {
        _requireAct("Accept", act, signature);
        (Entry entry, Place had) = _load(act.id, act.preference);
        if (had != Place.Offered) _wrongPlace(act.id, act.preference, had);
        uint256 key = _placeKey(act.id, act.preference);
        _before(_timers[key].until);
        // who accepts on the day itself has the time of grace from then on
        _timers[key].until = uint40(block.timestamp + _times.graceSeconds());
        _entries[act.id] = entry.withPlace(act.preference, Place.Held);
        emit Accepted(act.id, uint16(_slotOf(entry, act.preference)));
    }

    function decline(Act calldata act, bytes calldata signature) external live {
        _requireAct("Decline", act, signature);
        (Entry entry, Place had) = _load(act.id, act.preference);
        if (had != Place.Offered) {
            if (had != Place.Held) _wrongPlace(act.id, act.preference, had);
            _before(_times.weekendStart(_weekendOf(entry, act.preference)));
        }
        delete _timers[_placeKey(act.id, act.preference)];
        emit Declined(act.id, uint16(_slotOf(entry, act.preference)));
        _giveBack(Leave(act.id, act.preference, Place.Declined));
    }

    function lapse(uint32 id, uint8 preference) external live {
        (Entry entry, Place had) = _load(id, preference);
        if (had != Place.Offered) _wrongPlace(id, preference, had);
        uint256 key = _placeKey(id, preference);
        _notBefore(_timers[key].until);
        delete _timers[key];
        emit Lapsed(id, uint16(_slotOf(entry, preference)));
        _giveBack(Leave(id, preference, Place.Lapsed));
    }

    function promote(uint16 slot, uint16 steps) external live returns (uint32 id) {
        if (steps == 0 || steps > PROMOTE_STEPS_MAX) revert FairSeasonBatchInvalid(steps, PROMOTE_STEPS_MAX);
        uint256 categories = _terms.categories();
        if (slot >= _terms.fairs() * _terms.weekends() * categories || _freeOf(slot) == 0) {
            revert FairSeasonNoPlaceFree(slot);
        }
        _before(_times.weekendEnd(slot / categories / _terms.fairs()));
        return _promote(Walk(slot, steps));
    }

    function checkIn(Act calldata act, bytes calldata signature) external restricted only(Stage.Running) {
        _requireAct("CheckIn", act, signature);
        _notBefore(uint256(act.deadline) - CHECK_IN_SECONDS_MAX);
        (Entry entry, Place had) = _load(act.id, act.preference);
        if (had != Place.Held) _wrongPlace(act.id, act.preference, had);
        uint256 weekend = _weekendOf(entry, act.preference);
        _notBefore(_times.weekendStart(weekend));
        _before(_times.weekendEnd(weekend));
        _entries[act.id] = entry.withPlace(act.preference, Place.CheckedIn);
        emit CheckedIn(act.id, uint16(_slotOf(entry, act.preference)), msg.sender);
    }

    function markNoShow(uint32 id, uint8 preference) external restricted only(Stage.Running) {
        (Entry entry, Place had) = _load(id, preference);
        if (had != Place.Held) _wrongPlace(id, preference, had);
        Timer storage timer = _timers[_placeKey(id, preference)];
        uint256 weekend = _weekendOf(entry, preference);
        uint256 from = Math.max(_times.weekendStart(weekend), _freeze.ranAt) + _times.graceSeconds();
        from = Math.max(from, timer.until);
        // a season that ran late, an offer at the last moment: who had no time to come is not missed
        if (from >= _times.weekendEnd(weekend)) _wrongPlace(id, preference, had);
        _notBefore(from);
        timer.until = uint40(block.timestamp + _terms.appealSeconds());
        emit NoShow(id, uint16(_slotOf(entry, preference)), msg.sender);
        _giveBack(Leave(id, preference, Place.NoShow));
        _office.strike(_persons[id]);
    }

    function appealNoShow(Act calldata act, bytes calldata signature) external {
        _requireAct("AppealNoShow", act, signature);
        (, Place had) = _load(act.id, act.preference);
        if (had != Place.NoShow) _wrongPlace(act.id, act.preference, had);
        Timer storage timer = _timers[_placeKey(act.id, act.preference)];
        if (timer.appealed) _wrongPlace(act.id, act.preference, had);
        _before(timer.until);
        uint40 until = uint40(block.timestamp + _terms.appealSeconds());
        timer.until = until;
        timer.appealed = true;
        emit NoShowAppealed(act.id, act.preference, act.note, until);
    }

    function decideNoShow(uint32 id, uint8 preference, bool upheld) external restricted {
        _before(_timers[_placeKey(id, preference)].until);
        _decideNoShow(id, preference, upheld);
    }

    function upholdBySilence(uint32 id, uint8 preference) external {
        _notBefore(_timers[_placeKey(id, preference)].until);
        _decideNoShow(id, preference, true);
    }

    function _decideNoShow(uint32 id, uint8 preference, bool upheld) private {
        (Entry entry, Place had) = _load(id, preference);
        uint256 key = _placeKey(id, preference);
        if (had != Place.NoShow || !_timers[key].appealed) _wrongPlace(id, preference, had);
        delete _timers[key];
        emit NoShowDecided(id, preference, upheld);
        if (!upheld) return;
        _entries[id] = entry.withPlace(preference, Place.Excused);
        _office.pardon(_persons[id]);
    }

    function _placeKey(uint32 id, uint256 preference) internal pure returns (uint256) {
        return uint256(id) * FairEntry.PREFERENCES_MAX + preference;
    }

    function _load(uint32 id, uint8 preference) private view returns (Entry entry, Place had) {
        entry = _entries[id];
        had = preference < FairEntry.PREFERENCES_MAX ? entry.place(preference) : Place.None;
    }

    function _wrongPlace(uint32 id, uint8 preference, Place had) private pure {
        revert FairSeasonWrongPlace(id, preference, had);
    }

    function _weekendOf(Entry entry, uint256 preference) private view returns (uint256) {
        return (entry.stand(preference) - 1) / _terms.fairs();
    }

    function _slotOf(Entry entry, uint256 preference) private view returns (uint256) {
        return (entry.stand(preference) - 1) * _terms.categories() + entry.servedBy(preference);
    }

    /// @dev Frees the place, counts it off, and offers it to the next one while its weekend is not over.
    function _giveBack(Leave memory given) private {
        uint256 preference = given.preference;
        Entry entry = _entries[given.id];
        uint256 slot = _slotOf(entry, preference);
        uint256 stand = entry.stand(preference);
        uint256 had = entry.places();
        Tally memory tally = _tally;
        tally.move(had, had - 1, entry.wanted());
        _tally = tally;
        if (entry.overflowPreference() == preference + 1) {
            _overflow[stand >> 4] -= 1 << ((stand & 15) * 16);
        }
        _entries[given.id] = entry.withPlace(preference, given.to).withPlaces(had - 1);
        _left[slot >> 4] += 1 << ((slot & 15) * 16);
        if (block.timestamp < _times.weekendEnd((stand - 1) / _terms.fairs())) _promote(Walk(uint16(slot), AUTO_STEPS));
    }

    /// @dev Walks on along the slot's list; the first who may have the place gets an offer.
    function _promote(Walk memory walk) private returns (uint32) {
        uint16 slot = walk.slot;
        ListCursor memory list = _lists[slot];
        if (list.exhausted) return 0;
        if (list.next == 0) list.next = _cursor.first;
        uint256 categories = _terms.categories();
        uint256 stand = slot / categories + 1;
        for (; walk.steps != 0 && !list.exhausted; --walk.steps) {
            if (list.next == 0) {
                list.exhausted = true;
                break;
            }
            uint32 id = list.next;
            Entry entry = _entries[id];
            uint256 preference = _fit(entry, stand, slot % categories, list.sweep);
            _stepOn(list, entry.next());
            if (preference < FairEntry.PREFERENCES_MAX) {
                _lists[slot] = list;
                _offer(id, entry, slot, preference);
                return id;
            }
        }
        _lists[slot] = list;
        if (list.exhausted) emit ListExhausted(slot);
        return 0;
    }

    function _stepOn(ListCursor memory list, uint32 next) private view {
        list.next = next;
        if (next != 0) return;
        Terms terms = _terms;
        // by weekend: 2, reserved: 3
        uint256 sweeps = terms.isOnePass() ? 1 : uint256(terms.mechanism());
        if (list.sweep + 1 < sweeps) {
            ++list.sweep;
            list.next = _cursor.first;
        } else {
            list.exhausted = true;
        }
    }

    /// @dev The preference that a place of this stand and category serves, PREFERENCES_MAX for none.
    function _fit(Entry entry, uint256 stand, uint256 category, uint256 sweep) private view returns (uint256) {
        uint256 none = FairEntry.PREFERENCES_MAX;
        bool isOther = sweep == 2;
        if ((entry.category() == category) == isOther) return none;
        bool needsNothing = isOther || (sweep == 0 && !_terms.isOnePass());
        if (needsNothing ? entry.places() != 0 : entry.places() >= entry.wanted()) return none;
        if (isOther && (entry.overflowPreference() != 0 || _overflowAt(stand) >= _terms.overflowMax())) {
            return none;
        }
        uint256 fairs = _terms.fairs();
        if (entry.weekendsTouched(fairs) & (1 << ((stand - 1) / fairs)) != 0) return none;
        for (uint256 i = 0; i < none; ++i) {
            if (entry.stand(i) == stand) return i;
        }
        return none;
    }

    function _offer(uint32 id, Entry entry, uint16 slot, uint256 preference) private {
        uint256 categories = _terms.categories();
        uint256 stand = slot / categories + 1;
        uint256 end = _times.weekendEnd((stand - 1) / _terms.fairs());
        uint256 until = block.timestamp + _times.offerSeconds();
        if (until > end) until = end;
        uint256 had = entry.places();
        Tally memory tally = _tally;
        tally.move(had, had + 1, entry.wanted());
        _tally = tally;
        _takePlace(slot);
        if (slot % categories != entry.category()) {
            _overflow[stand >> 4] += 1 << ((stand & 15) * 16);
            entry = entry.withOverflow(preference, slot % categories);
        }
        _entries[id] = entry.withPlace(preference, Place.Offered).withPlaces(had + 1);
        _timers[_placeKey(id, preference)] = Timer(uint40(until), false);
        emit Promoted(id, slot, uint8(preference), uint40(until));
    }
}
