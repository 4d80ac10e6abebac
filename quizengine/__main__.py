from quizengine.cli import main

main()
