import t from 'tap';

t.test('being written', async () => {});
