import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseLimits, readLimits } from './limits';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max file size             unlimited            unlimited            bytes     
Max data size             unlimited            unlimited            bytes     
Max stack size            8388608              unlimited            bytes     
Max core file size        0                    unlimited            bytes     
Max resident set          unlimited            unlimited            bytes     
Max processes             96365                96365                processes 
Max open files            1024                 20000                files     
Max locked memory         8388608              8388608              bytes     
Max address space         9223372036854775807  18446744073709551614 bytes     
Max file locks            unlimited            unlimited            locks     
Max pending signals       96365                96365                signals   
Max msgqueue size         819200               819200               bytes     
Max nice priority         0                    0                    
Max realtime priority     0                    0                    
Max realtime timeout      unlimited            unlimited            us        
`;

describe('parseLimits()', () => {
  const limits = parseLimits(LIMITS);
  assert.ok(limits.ok);
  for (const [resource, soft, hard] of [
    ['stack', 8388608, 'unlimited'],
    ['core', 0, 'unlimited'],
    ['nofile', 1024, 20000],
    ['nproc', 96365, 96365],
    ['nice', 0, 0],
    ['rttime', 'unlimited', 'unlimited'],
  ] as const) {
    test(`reads ${resource}: ${soft}, at most ${hard}`, () => {
      assert.deepEqual(limits.value[resource], { soft, hard });
    });
  }

  test('never makes a limit larger than it is', () => {
    assert.deepEqual(limits.value.as, {
      soft: Number.MAX_SAFE_INTEGER,
      hard: Number.MAX_SAFE_INTEGER,
    });
  });

  test('names the line of a resource that is missing', () => {
    const broken = parseLimits(LIMITS.replace('Max open files', 'Max open doors'));
    assert.deepEqual(broken, {
      ok: false,
      error: '/proc/PID/limits has no line "Max open files"',
    });
  });

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseLimits(text)));
  });
});

test('readLimits() agrees with the shell that this process starts', async () => {
  const { execFileSync } = await import('node:child_process');
  const shell = execFileSync('sh', ['-c', 'ulimit -n; ulimit -Hn'], { encoding: 'utf8' });
  const limits = readLimits();
  assert.ok(limits.ok);
  assert.equal(shell, `${limits.value.nofile.soft}\n${limits.value.nofile.hard}\n`);
});
