import { describe, expect, it } from 'vitest';
import { type Env, configuration, variable } from '../../src/env.ts';

const good = { ADMIN_KEY: 'admin', KEY_SECRET: 'one, two' };
// Only its variables are asked for.
const env = (variables: Record<string, unknown>) => variables as unknown as Env;
const problem = (variables: Record<string, unknown>) => {
  try {
    return configuration(env({ ...good, ...variables }));
  } catch (error) {
    return error;
  }
};

describe('the configuration', () => {
  it('has a default for what may be absent', () => {
    expect(configuration(env(good))).toEqual({
      adminKey: 'admin',
      keySecrets: ['one', 'two'],
      failureMode: 'closed',
      allowPrivateUpstreams: false,
      corsOrigins: new Set(),
    });
  });

  it('takes what is set', () => {
    expect(
      problem({
        FAILURE_MODE: 'open',
        ALLOW_PRIVATE_UPSTREAMS: 'true',
        CORS_ORIGINS: 'https://a.example, http://localhost:3000',
      }),
    ).toMatchObject({
      failureMode: 'open',
      allowPrivateUpstreams: true,
      corsOrigins: new Set(['https://a.example', 'http://localhost:3000']),
    });
    expect(problem({ CORS_ORIGINS: '*' })).toMatchObject({ corsOrigins: 'any' });
  });

  it.each([
    ['ADMIN_KEY', undefined, 'The secret ADMIN_KEY is not set'],
    ['ADMIN_KEY', '  ', 'The secret ADMIN_KEY is not set'],
    ['KEY_SECRET', undefined, 'The secret KEY_SECRET is not set'],
    ['KEY_SECRET', ' , ', 'KEY_SECRET holds only commas'],
    ['FAILURE_MODE', 's3cret', 'The variable FAILURE_MODE must be closed or open'],
    ['ALLOW_PRIVATE_UPSTREAMS', 's3cret', 'The variable ALLOW_PRIVATE_UPSTREAMS must be true or false'],
    ['CREDITS_OPENAI', 's3cret', 'The variable CREDITS_OPENAI must be true or false'],
    ['CORS_ORIGINS', 'https://a.example/s3cret', 'The variable CORS_ORIGINS must be'],
    ['CORS_ORIGINS', 's3cret', 'The variable CORS_ORIGINS must be'],
  ])('names %s where it is %j, and not its value', (name, value, message) => {
    const error = problem({ [name]: value });
    expect(error).toMatchObject({ code: 'configuration_error', message: expect.stringContaining(message) });
    expect(String(error)).not.toContain('s3cret');
  });
});

describe('a variable', () => {
  it('is a text that is not empty', () => {
    expect(variable(env({ A: ' x ' }), 'A')).toBe('x');
    expect(variable(env({ A: '' }), 'A')).toBeUndefined();
    expect(variable(env({ A: {} }), 'A')).toBeUndefined();
    expect(variable(env({}), 'toString')).toBeUndefined();
  });
});
