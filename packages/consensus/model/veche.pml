/*
 * One height of the protocol (docs/spec/consensus.md) for Spin: four validators, one of them
 * Byzantine. docs/model-checking.md says what is kept, what is left out and why. `npm run model`
 * checks it, and the variants that must fail.
 *
 * What stands for what
 *   network     a pool of messages that only grows. A node may act on any part of it at any time,
 *               or never: loss, delay, reordering and repetition need nothing else.
 *   Byzantine   has sent every vote for every value to whoever needs it, and in its own rounds
 *               every proposal. So q votes are q - 1 honest ones.
 *   clock       a node may be in any round at any time (R1; the jump on f+1, R2, is a case of it), but
 *               not below one in which it asked for a signature, is locked or valid (R5). So its
 *               round is no part of the state.
 *   crash       anywhere, any number of times: memory is lost, the log is kept.
 *   log         asked for, durable, sent: three steps, with a crash between any two (W1). Nothing is
 *               asked for between the last two: effects are performed in order.
 *
 * -DROUNDS=n     rounds 0 .. n-1, at most 4 (default 3)
 * -DPROPOSERS    honest proposers: one proposal per round, of the valid value if there is one, in
 *                the log before it is sent (F1, F2); the faulty one proposes in BYZANTINE_ROUND.
 *                Without it every proposal that passes the checks stands in every round: a superset
 * -DTORN         a crash may also leave the lock in the log without its precommit
 * -DMERGED       logging and sending are one step, for more rounds
 * -DSYMMETRY     rows of validators are kept sorted, the first value asked for is A
 * -DAGREEMENT    asserts agreement only, so that a variant ends in a fork and not in a first slip
 * -DNEVER        asserts that B is never decided in the last round: wrong, or the model is dead
 * Variants       -DNOLOCK: votes and proposals ignore the lock. -DNOLOG: a crash forgets all.
 *                -DSENDFIRST: sent before it is durable. -DSMALLQUORUM: q = f + 1.
 */
#ifndef ROUNDS
#define ROUNDS 3
#endif
#ifndef BYZANTINE_ROUND
#define BYZANTINE_ROUND 1
#endif
#define ROUNDS_MAX 4

#define HONEST 3
#define F 1
#ifdef SMALLQUORUM
#define Q 2
#else
#define Q 3
#endif

/* the values: each is its own bit */
#define A 1
#define B 2
#define NAME(v) ((v) == A -> 'A' : 'B')

/*
 * A vote of one validator, round and type: the value in memory (asked for, or more), the value in
 * the log, the values in the pool, and for a precommit the value of its lock record in the log.
 */
#define MEMORY(x) ((x) & 3)
#define LOGGED(x) (((x) >> 2) & 3)
#define SENT(x) (((x) >> 4) & 3)
#define LOCK(x) (((x) >> 6) & 3)

byte lockRound[HONEST]; /* plus 1; 0 for no lock */
byte lockValue[HONEST];
byte prevotes[HONEST * ROUNDS_MAX];
byte precommits[HONEST * ROUNDS_MAX];
#define PREVOTE(i, r) prevotes[(i) * ROUNDS_MAX + (r)]
#define PRECOMMIT(i, r) precommits[(i) * ROUNDS_MAX + (r)]

#ifdef PROPOSERS
byte validRound[HONEST]; /* plus 1 */
byte validValue[HONEST];
/* of a round's honest proposer: value, 4 when it is in the log, validRound + 1 shifted by 3 */
byte proposals[ROUNDS_MAX];
/* in the pool: a bit for each value and validRound + 1 */
byte shown[ROUNDS_MAX];
#define SHOWN_BIT(v, vr1) (1 << ((v) - 1 + 2 * (vr1)))
#define PROPOSER(r) ((r) < BYZANTINE_ROUND -> (r) : (r) - 1)
#define SHOWN(r, v, vr1) ((r) == BYZANTINE_ROUND || (shown[r] & SHOWN_BIT(v, vr1)) != 0)
#else
#define SHOWN(r, v, vr1) true
#endif

/* not part of the state: which validator stands in a row, and what a step needs for itself */
#ifdef SYMMETRY
#define ASIDE hidden
#else
#define ASIDE
#endif
ASIDE byte who[HONEST];
ASIDE byte k;
ASIDE byte held;
ASIDE byte isSwapped;

/* W1: an own vote counts when it is durable; those of others when they were sent */
#define COUNTS(i, j, x, v) (((SENT(x) & (v)) != 0 || ((i) == (j) && LOGGED(x) == (v))) -> 1 : 0)
#define POLKA(i, r, v) (F + COUNTS(i, 0, PREVOTE(0, r), v) + COUNTS(i, 1, PREVOTE(1, r), v) \
  + COUNTS(i, 2, PREVOTE(2, r), v) >= Q)
/* D1: anybody who hears these decides; HONEST: nobody's unsent vote counts */
#define DECIDED(r, v) (F + COUNTS(HONEST, 0, PRECOMMIT(0, r), v) \
  + COUNTS(HONEST, 1, PRECOMMIT(1, r), v) + COUNTS(HONEST, 2, PRECOMMIT(2, r), v) >= Q)
#define DECIDED_EVER(v) (DECIDED(0, v) || DECIDED(1, v) || DECIDED(2, v) || DECIDED(3, v))

/* P1 fresh, P2 re-proposed with a polka of an earlier round at or above the lock */
#define FRESH(i, r, v) (SHOWN(r, v, 0) && (lockRound[i] == 0 || lockValue[i] == (v)))
#define AGAIN(i, r, v, vr) ((vr) < (r) && SHOWN(r, v, (vr) + 1) && POLKA(i, vr, v) \
  && (lockRound[i] <= (vr) + 1 || lockValue[i] == (v)))
#ifdef NOLOCK
#define IS_ALLOWED(i, r, v) SHOWN(r, v, 0)
#else
#define IS_ALLOWED(i, r, v) (FRESH(i, r, v) || AGAIN(i, r, v, 0) || AGAIN(i, r, v, 1) \
  || AGAIN(i, r, v, 2))
#endif

/* R5: whether a validator can be in a round: nothing of its own, lock or valid value is above it */
#define ASKED(i, r) (MEMORY(PREVOTE(i, r)) != 0 || MEMORY(PRECOMMIT(i, r)) != 0 || PROPOSED(i, r))
#ifdef PROPOSERS
#define VALID_ABOVE(i, r) (validRound[i] > (r) + 1)
#define PROPOSED(i, r) ((r) != BYZANTINE_ROUND && PROPOSER(r) == (i) && proposals[r] != 0)
#else
#define VALID_ABOVE(i, r) false
#define PROPOSED(i, r) false
#endif
#define CAN_BE_IN(i, r) (lockRound[i] <= (r) + 1 && !VALID_ABOVE(i, r) \
  && ((r) >= 1 || !ASKED(i, 1)) && ((r) >= 2 || !ASKED(i, 2)) && ((r) >= 3 || !ASKED(i, 3)))

/* what may be made durable, and what may leave: the heart of W1 */
#ifdef SENDFIRST
#define MAY_LOG(x) (MEMORY(x) != 0 && LOGGED(x) == 0 && SENT(x) != 0)
#define MAY_SEND(x) (MEMORY(x) != 0 && (SENT(x) & MEMORY(x)) == 0)
#define OUTGOING(x) MEMORY(x)
#define IS_HALFWAY(x) (SENT(x) != 0 && LOGGED(x) == 0 && MEMORY(x) != 0)
#else
#define MAY_LOG(x) (MEMORY(x) != 0 && LOGGED(x) == 0)
#define MAY_SEND(x) (LOGGED(x) != 0 && (SENT(x) & LOGGED(x)) == 0)
#define OUTGOING(x) LOGGED(x)
#define IS_HALFWAY(x) MAY_SEND(x)
#endif
#define IS_BETWEEN(i, r) (IS_HALFWAY(PREVOTE(i, r)) || IS_HALFWAY(PRECOMMIT(i, r)))
#define IS_READY(i, r) (CAN_BE_IN(i, r) && !IS_BETWEEN(i, 0) && !IS_BETWEEN(i, 1) \
  && !IS_BETWEEN(i, 2) && !IS_BETWEEN(i, 3))
#define MAY_PREVOTE(i, r, v) (MEMORY(PREVOTE(i, r)) == 0 && IS_READY(i, r) && FIRST_IS_A(v) \
  && IS_ALLOWED(i, r, v))
/* L1, and W3: a lock whose precommit was torn away is precommitted */
#define MAY_LOCK(i, r, v) (MEMORY(PRECOMMIT(i, r)) == 0 && IS_READY(i, r) && POLKA(i, r, v) \
  && (lockRound[i] <= (r) || lockValue[i] == (v)))

#ifdef AGREEMENT
#define INVARIANT(holds) skip
#else
#define INVARIANT(holds) assert(holds)
#endif
/* invariant 5, against all that was ever sent and not against memory */
#define POLKA_FROM(i, v, r, from, to) ((r) >= (from) && (r) <= (to) && POLKA(i, r, v))
#define POLKA_SINCE(i, v, from, to) (POLKA_FROM(i, v, 0, from, to) \
  || POLKA_FROM(i, v, 1, from, to) || POLKA_FROM(i, v, 2, from, to) \
  || POLKA_FROM(i, v, 3, from, to))
#define KEPT(i, r, to, v) ((r) >= (to) || (SENT(PRECOMMIT(i, r)) & (3 - (v))) == 0 \
  || POLKA_SINCE(i, v, r, to))
#define LOCKS_KEPT(i, to, v) (KEPT(i, 0, to, v) && KEPT(i, 1, to, v) && KEPT(i, 2, to, v))

#ifdef SYMMETRY
#define FIRST_IS_A(v) ((v) == A || prevotes[0] + prevotes[1] + prevotes[2] + prevotes[3] \
  + prevotes[4] + prevotes[5] + prevotes[6] + prevotes[7] + prevotes[8] + prevotes[9] \
  + prevotes[10] + prevotes[11] != 0)
#else
#define FIRST_IS_A(v) true
#endif

/* Honest validators differ in their rows only: sorted rows stand for all their orders. */
#define SWAP(x, y) held = x; x = y; y = held
#define DIFFER(x, y) (x) != (y) -> isSwapped = ((x) > (y) -> 1 : 0)
inline order(i, j) {
  isSwapped = 0;
  if
  :: DIFFER(lockRound[i] * 4 + lockValue[i], lockRound[j] * 4 + lockValue[j])
  :: else -> k = 0;
    do
    :: k < ROUNDS ->
      if
      :: PREVOTE(i, k) != PREVOTE(j, k) -> isSwapped = (PREVOTE(i, k) > PREVOTE(j, k) -> 1 : 0); break
      :: PREVOTE(i, k) == PREVOTE(j, k) && PRECOMMIT(i, k) != PRECOMMIT(j, k) ->
        isSwapped = (PRECOMMIT(i, k) > PRECOMMIT(j, k) -> 1 : 0); break
      :: else -> k++
      fi
    :: else -> break
    od
  fi;
  if
  :: isSwapped == 1 ->
    SWAP(lockRound[i], lockRound[j]);
    SWAP(lockValue[i], lockValue[j]);
    SWAP(who[i], who[j]);
    k = 0;
    do
    :: k < ROUNDS ->
      SWAP(PREVOTE(i, k), PREVOTE(j, k));
      SWAP(PRECOMMIT(i, k), PRECOMMIT(j, k));
      k++
    :: else -> break
    od
  :: else
  fi;
  isSwapped = 0;
  held = 0;
  k = 0
}
inline settle() {
#ifdef SYMMETRY
  order(0, 1);
  order(1, 2);
  order(0, 1)
#else
  skip
#endif
}

/* an earlier round is over: what was asked for in it and is not in the log comes to nothing */
#define DROP(x) x = x - (LOGGED(x) == 0 && SENT(x) == 0 -> MEMORY(x) : 0)
inline leave(i, r) {
  for (k : 0 .. ROUNDS - 1) {
    if
    :: k < r -> DROP(PREVOTE(i, k)); DROP(PRECOMMIT(i, k))
    :: else
    fi
  }
  k = 0
}

inline sendPrevote(i, r) {
  held = OUTGOING(PREVOTE(i, r));
  /* invariant 3: one value per key, round and type, across restarts */
  INVARIANT((SENT(PREVOTE(i, r)) | held) != 3);
  INVARIANT(LOCKS_KEPT(i, r, held));
  PREVOTE(i, r) = PREVOTE(i, r) | (held << 4);
  printf("validator %d PREVOTES %c in round %d\n", who[i], NAME(held), r);
  held = 0;
  settle()
}

inline logPrevote(i, r) {
  PREVOTE(i, r) = PREVOTE(i, r) | (MEMORY(PREVOTE(i, r)) << 2);
  printf("validator %d logs its prevote of round %d\n", who[i], r);
#if defined(MERGED) && !defined(SENDFIRST)
  sendPrevote(i, r)
#else
  settle()
#endif
}

#ifdef SENDFIRST
#define NEXT_OF_PREVOTE(i, r) sendPrevote(i, r)
#else
#define NEXT_OF_PREVOTE(i, r) logPrevote(i, r)
#endif
inline askPrevote(i, r, v) {
  PREVOTE(i, r) = PREVOTE(i, r) | v;
  leave(i, r);
  printf("validator %d in round %d asks to prevote %c\n", who[i], r, NAME(v));
#ifdef MERGED
  NEXT_OF_PREVOTE(i, r)
#else
  settle()
#endif
}

inline lock(i, r, v) {
  /* invariant 6 */
  INVARIANT(lockRound[i] <= r + 1);
  lockRound[i] = r + 1;
  lockValue[i] = v;
#ifdef PROPOSERS
  validRound[i] = r + 1;
  validValue[i] = v;
#endif
  PRECOMMIT(i, r) = PRECOMMIT(i, r) | v;
  leave(i, r);
  printf("validator %d in round %d has a polka, locks %c\n", who[i], r, NAME(v));
  settle()
}

inline sendPrecommit(i, r) {
  held = OUTGOING(PRECOMMIT(i, r));
  /* invariants 3 and 4 */
  INVARIANT((SENT(PRECOMMIT(i, r)) | held) != 3);
  INVARIANT(POLKA(i, r, held));
#ifndef SENDFIRST
  INVARIANT(LOCK(PRECOMMIT(i, r)) == held);
#endif
  PRECOMMIT(i, r) = PRECOMMIT(i, r) | (held << 4);
  printf("validator %d PRECOMMITS %c in round %d\n", who[i], NAME(held), r);
  if
  :: DECIDED(r, held) -> printf("%c can be decided in round %d\n", NAME(held), r)
  :: else
  fi;
  held = 0;
#ifdef NEVER
  assert(!DECIDED(ROUNDS - 1, B));
#endif
  /* invariant 1 */
  assert(!(DECIDED_EVER(A) && DECIDED_EVER(B)));
  settle()
}

/* polka, lock and precommit are one group of the log */
inline logPrecommit(i, r) {
  held = MEMORY(PRECOMMIT(i, r));
  PRECOMMIT(i, r) = (PRECOMMIT(i, r) & 63) | (held << 2) | (held << 6);
  held = 0;
  printf("validator %d logs lock and precommit of round %d\n", who[i], r);
#if defined(MERGED) && !defined(SENDFIRST)
  sendPrecommit(i, r)
#else
  settle()
#endif
}

/* what a crash leaves of a vote: what is in the log, what is in the world */
#ifdef NOLOG
#define SURVIVES(x) ((x) & 48)
#define FORGETS(x) true
#else
#define FORGETS(x) (((x) & 4) == 0)
#define SURVIVES(x) (((x) & 252) | LOGGED(x))
#endif
inline restart(i) {
  lockRound[i] = 0;
  lockValue[i] = 0;
  k = 0;
  do
  :: k < ROUNDS ->
    PREVOTE(i, k) = SURVIVES(PREVOTE(i, k));
    PRECOMMIT(i, k) = SURVIVES(PRECOMMIT(i, k));
#ifdef PROPOSERS
    if
    :: k != BYZANTINE_ROUND && PROPOSER(k) == i && FORGETS(proposals[k]) -> proposals[k] = 0
    :: else
    fi;
#endif
    if
    :: LOCK(PRECOMMIT(i, k)) != 0 ->
      lockRound[i] = k + 1;
      lockValue[i] = LOCK(PRECOMMIT(i, k))
    :: else
    fi;
    k++
  :: else -> break
  od;
#ifdef PROPOSERS
  validRound[i] = lockRound[i];
  validValue[i] = lockValue[i];
#endif
  k = 0;
  settle()
}

/* the write stops between the lock and the precommit; storage's groups forbid it, W3 bears it */
inline tear(i, r) {
  PRECOMMIT(i, r) = PRECOMMIT(i, r) | (MEMORY(PRECOMMIT(i, r)) << 6);
  printf("validator %d crashes with the lock of round %d in the log\n", who[i], r);
  restart(i)
}

#ifdef PROPOSERS
/* L2: a polka makes its value valid, whatever its round */
inline notice(i, r, v) {
  validRound[i] = r + 1;
  validValue[i] = v;
  printf("validator %d notes the polka for %c of round %d\n", who[i], NAME(v), r)
}

inline askProposal(i, r, v, vr1) {
  proposals[r] = v | (vr1 << 3);
  leave(i, r);
  printf("validator %d in round %d asks to propose %c\n", who[i], r, NAME(v))
}

inline logProposal(i, r) {
  proposals[r] = proposals[r] | 4;
  printf("validator %d logs its proposal of round %d\n", who[i], r)
}

inline sendProposal(i, r) {
  held = SHOWN_BIT(proposals[r] & 3, proposals[r] >> 3);
  /* invariant 3 */
  INVARIANT(shown[r] == 0 || shown[r] == held);
  shown[r] = shown[r] | held;
  held = 0;
  printf("validator %d PROPOSES %c in round %d\n", who[i], NAME(proposals[r] & 3), r)
}

#define IS_OURS(i, r) ((r) != BYZANTINE_ROUND && PROPOSER(r) == (i))
#define MAY_PROPOSE(i, r) (IS_OURS(i, r) && proposals[r] == 0 && IS_READY(i, r))
#ifdef NOLOCK
#define IS_FREE(i) true
#else
#define IS_FREE(i) (validRound[i] == 0)
#endif
#define HAS_VALID(i, r) (validRound[i] > 0 && validRound[i] <= (r))
#define NOTICES(i, r, v) (validRound[i] < (r) + 1 && POLKA(i, r, v))
#ifdef SENDFIRST
#define CAN_LEAVE(r) true
#else
#define CAN_LEAVE(r) ((proposals[r] & 4) != 0)
#endif
#define MAY_SHOW(i, r) (IS_OURS(i, r) && proposals[r] != 0 && CAN_LEAVE(r) \
  && (shown[r] & SHOWN_BIT(proposals[r] & 3, proposals[r] >> 3)) == 0)
#define PROPOSALS(r) \
  :: d_step { MAY_PROPOSE(_pid, r) && IS_FREE(_pid) -> askProposal(_pid, r, A, 0) } \
  :: d_step { MAY_PROPOSE(_pid, r) && IS_FREE(_pid) -> askProposal(_pid, r, B, 0) } \
  :: d_step { MAY_PROPOSE(_pid, r) && HAS_VALID(_pid, r) -> \
      askProposal(_pid, r, validValue[_pid], validRound[_pid]) } \
  :: d_step { IS_OURS(_pid, r) && proposals[r] != 0 && (proposals[r] & 4) == 0 \
      && CAN_BE_IN(_pid, r) -> logProposal(_pid, r) } \
  :: d_step { MAY_SHOW(_pid, r) -> sendProposal(_pid, r) } \
  :: d_step { NOTICES(_pid, r, A) -> notice(_pid, r, A) } \
  :: d_step { NOTICES(_pid, r, B) -> notice(_pid, r, B) }
#else
#define PROPOSALS(r)
#endif

/* a signature comes later than it was asked for, and is used only if it is still right */
#define PREVOTE_FITS(i, r) (MAY_LOG(PREVOTE(i, r)) && CAN_BE_IN(i, r) \
  && IS_ALLOWED(i, r, MEMORY(PREVOTE(i, r))))
#define PRECOMMIT_FITS(i, r) (MAY_LOG(PRECOMMIT(i, r)) && CAN_BE_IN(i, r) \
  && lockRound[i] == (r) + 1 && lockValue[i] == MEMORY(PRECOMMIT(i, r)))
#ifdef TORN
#define TEARS(i, r) PRECOMMIT_FITS(i, r)
#else
#define TEARS(i, r) false
#endif

#define ROUND(r) \
  :: d_step { MAY_PREVOTE(_pid, r, A) -> askPrevote(_pid, r, A) } \
  :: d_step { MAY_PREVOTE(_pid, r, B) -> askPrevote(_pid, r, B) } \
  :: d_step { PREVOTE_FITS(_pid, r) -> logPrevote(_pid, r) } \
  :: d_step { MAY_SEND(PREVOTE(_pid, r)) -> sendPrevote(_pid, r) } \
  :: d_step { MAY_LOCK(_pid, r, A) -> lock(_pid, r, A) } \
  :: d_step { MAY_LOCK(_pid, r, B) -> lock(_pid, r, B) } \
  :: d_step { PRECOMMIT_FITS(_pid, r) -> logPrecommit(_pid, r) } \
  :: d_step { MAY_SEND(PRECOMMIT(_pid, r)) -> sendPrecommit(_pid, r) } \
  :: d_step { TEARS(_pid, r) -> tear(_pid, r) } \
  PROPOSALS(r)

active [HONEST] proctype validator() {
  d_step { who[_pid] = _pid };
  do
  ROUND(0)
#if ROUNDS > 1
  ROUND(1)
#endif
#if ROUNDS > 2
  ROUND(2)
#endif
#if ROUNDS > 3
  ROUND(3)
#endif
  :: d_step { printf("validator %d crashes and comes back\n", who[_pid]); restart(_pid) }
  od
}
