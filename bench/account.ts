/** The account that services with accounts have. The hash is what `openssl passwd -6` makes: 5000 rounds of SHA-512. */
export const account = {
  name: 'bench',
  password: 'bench',
  hash: '$6$benchbench$L/SWrobNRkV.iUB93gv.PJywy/QX4wzN1m2YZYeF.uBbRUYLgodycFkml5WWSUxFf4eG/3lJwiGVvvDLD8/76.',
} as const;
