import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDevVars, readVariables } from '../../src/local/variables.ts';
import { temporaryFolder } from './spawned-weir.ts';

describe('.dev.vars', () => {
  it.each([
    ['A=1', { A: '1' }],
    ['  A = 1  ', { A: '1' }],
    ['export A=1', { A: '1' }],
    ['A=', { A: '' }],
    ['A=b=c', { A: 'b=c' }],
    ['A=1 # one', { A: '1' }],
    ['A=a#b', { A: 'a#b' }],
    ['A="1 # one" # a comment', { A: '1 # one' }],
    ["A='1'", { A: '1' }],
    ['A=`it\'s "1"`', { A: 'it\'s "1"' }],
    ['A="a\\nb"', { A: 'a\nb' }],
    ["A='a\\nb'", { A: 'a\\nb' }],
    ['A="a\nb"\nB=2', { A: 'a\nb', B: '2' }],
    ['A=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['\uFEFFA=1', { A: '1' }],
    ['A=1\nA=2', { A: '2' }],
    ['# A=1\n\n  # B=2', {}],
  ])('reads %j', (text, expected) => {
    expect(parseDevVars(text, '.dev.vars')).toEqual(expected);
  });

  it.each([
    ['A', 'line 1: expected NAME=value.'],
    ['A=1\n\nB: 2', 'line 3: expected NAME=value.'],
    ['=1', 'line 1: a name is letters, digits and "_", and does not begin with a digit.'],
    ['1A=1', 'line 1: a name is letters, digits and "_", and does not begin with a digit.'],
    ['A-B=1', 'line 1: a name is letters, digits and "_", and does not begin with a digit.'],
    ['B=2\nA="1\nC=3', 'line 2: the value\'s opening " is never closed.'],
    ['A="1"2', 'line 1: there is text after the value\'s closing ".'],
  ])('refuses %j and names the line', (text, expected) => {
    expect(() => parseDevVars(text, '.dev.vars')).toThrow(`.dev.vars, ${expected}`);
  });
});

describe('the variables of the Worker', () => {
  it('are all that .dev.vars names, and from the environment only what Weir knows', () => {
    const path = join(temporaryFolder(), '.dev.vars');
    writeFileSync(path, 'MY_OWN_SECRET=1\n');
    const environment = { OPENAI_API_KEY: 'sk-2', CREDITS_OPENAI: 'false', CORS_ORIGINS: '*', HOME: '/', EDITOR: 'vi' };
    expect(readVariables(path, environment)).toEqual({
      MY_OWN_SECRET: '1',
      OPENAI_API_KEY: 'sk-2',
      CREDITS_OPENAI: 'false',
      CORS_ORIGINS: '*',
    });
  });

  it('come from the environment where both name one, and an empty one is absent', () => {
    const path = join(temporaryFolder(), '.dev.vars');
    writeFileSync(path, 'OPENAI_API_KEY=from-the-file\nGROQ_API_KEY=\nANTHROPIC_API_KEY=kept-out\n');
    expect(readVariables(path, { OPENAI_API_KEY: 'from-outside', ANTHROPIC_API_KEY: '' })).toEqual({
      OPENAI_API_KEY: 'from-outside',
    });
  });

  it('need no file', () => {
    expect(readVariables(join(temporaryFolder(), '.dev.vars'), {})).toEqual({});
  });
});
