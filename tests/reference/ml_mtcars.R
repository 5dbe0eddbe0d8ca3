# Where gradient descent ends: at what lm and glm say.
source("common.R")
m <- data_set("mtcars")
m$wt <- m$wt - 3.2
m$hp <- (m$hp - 150) / 60
m$mpg <- (m$mpg - 20) / 6

reference("linear", unname(coef(lm(mpg ~ wt + hp, m))), "model")
reference("logistic", unname(coef(glm(vs ~ mpg, binomial, m, control = glm.control(1e-14, 50)))), "model")
write_reference()
