/** Unjudged blocks of the live stream: bounded, whatever is pushed. */
import type { Block } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AheadBlocks } from '../src/ahead-blocks.ts'
import { AHEAD_BLOCKS_MAX, AHEAD_BYTES_MAX } from '../src/limits.ts'

const HEAD = 10
const ahead = (number: number, bytes: number, from = 'peer') => ({
  block: { header: { number }, transactions: [] } as unknown as Block,
  ...{ from, bytes },
})

test('the block after the head comes out, others wait for it', () => {
  const blocks = new AheadBlocks()
  for (const number of [HEAD + 2, HEAD + 1]) assert.ok(blocks.hold(ahead(number, 100), HEAD))
  assert.is(blocks.take(HEAD)?.block.header.number, HEAD + 1)
  assert.is(blocks.take(HEAD), undefined)
  assert.is(blocks.take(HEAD + 1)?.block.header.number, HEAD + 2)
  assert.is(blocks.bytes, 0)
})

test('a peer that pushes the largest blocks far ahead fills so many bytes and no more', () => {
  const blocks = new AheadBlocks()
  const large = AHEAD_BYTES_MAX / 4
  for (let round = 0; round < 3; round++)
    for (let i = 2; i <= AHEAD_BLOCKS_MAX + 10; i++) blocks.hold(ahead(HEAD + i, large), HEAD)
  assert.is(blocks.bytes, AHEAD_BYTES_MAX)
  assert.is(blocks.hold(ahead(HEAD + 9, 1), HEAD), false)
  assert.ok(blocks.hold(ahead(HEAD + 1, large), HEAD), 'the next one always has room')
  assert.is(blocks.take(HEAD)?.bytes, large)
})

test('a second block of a height takes the place of the first', () => {
  const blocks = new AheadBlocks()
  blocks.hold(ahead(HEAD + 2, 500, 'first'), HEAD)
  blocks.hold(ahead(HEAD + 2, 700, 'second'), HEAD)
  assert.is(blocks.bytes, 700)
  assert.is(blocks.take(HEAD + 1)?.from, 'second')
})

test('what is final is forgotten, and too far ahead is nothing', () => {
  const blocks = new AheadBlocks()
  blocks.hold(ahead(HEAD + 1, 100), HEAD)
  blocks.hold(ahead(HEAD + 3, 100), HEAD)
  assert.is(blocks.hold(ahead(HEAD + AHEAD_BLOCKS_MAX + 1, 1), HEAD), false)
  assert.is(blocks.take(HEAD + 5), undefined)
  assert.is(blocks.bytes, 0)
})

test.run()
