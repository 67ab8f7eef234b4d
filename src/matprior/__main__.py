"""`python -m matprior` is the same as `matprior`."""

from matprior.cli import main

main()
