from couponry_cli.main import main

main()
